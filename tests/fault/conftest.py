"""The servers, once for all tests; a test skips by name where one is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.audit.stores.s3 import connect
from tests.fault import servers


@pytest.fixture(scope="session")
def postgres_port() -> Iterator[int]:
    pytest.importorskip("psycopg")
    if not servers.postgres_tool("initdb"):
        pytest.skip("there is no PostgreSQL here (initdb)")
    with servers.postgres() as port:
        yield port


@pytest.fixture(scope="session")
def minio_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    pytest.importorskip("boto3")
    executable = servers.minio_command()
    if executable is None:
        pytest.skip("there is no MinIO here: make minio")
    with servers.minio(executable, tmp_path_factory.mktemp("minio")) as port:
        yield port


@pytest.fixture
def postgres_url(postgres_port: int, tmp_path: Path) -> str:
    """A database with a schema of this test's own."""
    schema = "t_" + "".join(letter if letter.isalnum() else "_" for letter in tmp_path.name)
    return f"postgres://lictor@127.0.0.1:{postgres_port}/postgres?schema={schema[-60:].lower()}"


@pytest.fixture
def s3_url(minio_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A prefix of this test's own."""
    for name, value in servers.S3_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{minio_port}")
    client = connect("", "")
    if "logs" not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket="logs")
    client.close()
    return f"s3://logs/{tmp_path.name}"
