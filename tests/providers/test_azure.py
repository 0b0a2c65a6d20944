"""Azure's paths, for each kind of caller and upstream."""

import pytest

from gateway.core.errors import ConfigError
from gateway.providers.azure import spelled
from gateway.providers.client import UpstreamRequest
from gateway.providers.credentials import credential
from gateway.providers.upstream import Upstream

AZURE = Upstream("a", "azure", "https://res.openai.azure.com", api_version="2024-10-21")
OPENAI = Upstream("o", "openai", "https://api.openai.com/v1")


def ask(path: str, *, azure: bool, model: str = "gpt") -> UpstreamRequest:
    return UpstreamRequest(
        "POST", path, [], b"{}", stream=False, family="openai", endpoint="e", model=model, azure=azure
    )


@pytest.mark.parametrize(
    ("path", "azure", "expected"),
    [
        ("/chat/completions", False, "/deployments/gpt/chat/completions?api-version=2024-10-21"),
        ("/completions?api-version=2023-05-15", True, "/deployments/gpt/completions?api-version=2023-05-15"),
        ("/embeddings?api-version=preview", True, "/deployments/gpt/embeddings?api-version=2024-10-21"),
        ("/responses?api-version=2025-04-01", True, "/responses?api-version=2025-04-01"),
        ("/models", False, "/models?api-version=2024-10-21"),
        ("/files?purpose=batch&api-version=x", True, "/files?purpose=batch&api-version=x"),
    ],
)  # fmt: skip
def test_an_azure_upstream_gets_its_own_paths(path: str, azure: bool, expected: str) -> None:
    assert spelled(AZURE, ask(path, azure=azure)).path == "/openai" + expected


def test_a_models_name_is_one_part_of_the_path() -> None:
    asked = ask("/chat/completions", azure=False, model="a/b?c#d")
    assert spelled(AZURE, asked).path.startswith("/openai/deployments/a%2Fb%3Fc%23d/chat/")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/chat/completions?api-version=2024-10-21", "/chat/completions"),
        ("/files?api-version=x&purpose=batch", "/files?purpose=batch"),
        ("/models", "/models"),
    ],
)
def test_another_upstream_hears_nothing_of_versions(path: str, expected: str) -> None:
    assert spelled(OPENAI, ask(path, azure=True)).path == expected


def test_callers_of_openai_are_left_alone() -> None:
    asked = ask("/models?api-version=mine", azure=False)
    assert spelled(OPENAI, asked) is asked


@pytest.mark.parametrize(("dialect", "version"), [("azure", ""), ("openai", "2024-10-21")])
def test_a_version_is_needed_there_and_nowhere_else(dialect: str, version: str) -> None:
    with pytest.raises(ConfigError, match="api_version"):
        Upstream("u", dialect, "https://x.test", api_version=version)  # type: ignore[arg-type]


def test_who_reads_a_credential_where() -> None:
    assert credential("azure", b"k") == (b"api-key", b"k")
    assert credential("gemini", b"k") == (b"x-goog-api-key", b"k")
