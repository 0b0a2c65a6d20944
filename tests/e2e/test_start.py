"""A gateway that cannot start says why, once, and ends."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.testing.process import free_port
from tests.e2e.harness import Wiring, upstream_at

UPSTREAM = upstream_at("http://127.0.0.1:9")
ROUTES = [("gpt-*", "openai")]


def serve(config: Path, *options: str) -> tuple[int, str]:
    """Exit code and standard error of ``lictor serve``, which must end by itself."""
    command = [sys.executable, "-m", "gateway.cli", "serve", "--config", str(config), *options]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env={**os.environ}
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def settings(folder: Path, wiring: Wiring, port: int = 0) -> Path:
    config = folder / "lictor.toml"
    config.write_text(wiring.toml(folder / "audit", port or free_port()))
    return config


def assert_one_complaint(told: tuple[int, str], *words: str, code: int = 2) -> None:
    returned, stderr = told
    assert returned == code
    assert len(stderr.splitlines()) == 1, stderr
    for word in words:
        assert word in stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[server]\nprot = 1\n", ["lictor.toml", "server.prot"]),
        ('[server]\nport = "many"\n', ["lictor.toml", "server.port"]),
        ("[server\n", ["lictor.toml"]),
        ('[[routes]]\nmodel = "*"\nupstreams = ["nowhere"]\n', ["nowhere"]),
        (UPSTREAM.replace("http://", "ftp://"), ["openai", "base_url"]),
    ],
    ids=["unknown key", "wrong type", "no TOML", "unknown upstream", "wrong URL"],
)
def test_settings_that_cannot_be_used(tmp_path: Path, text: str, words: list[str]) -> None:
    config = tmp_path / "lictor.toml"
    config.write_text(text + f'\n[audit]\npath = "{tmp_path}/audit"\n')
    assert_one_complaint(serve(config), *words)


def test_settings_that_are_not_there(tmp_path: Path) -> None:
    assert_one_complaint(serve(tmp_path / "nowhere.toml"), "nowhere.toml")


def test_a_variable_that_is_not_set(tmp_path: Path) -> None:
    upstream = upstream_at("http://127.0.0.1:9", key_env="NO_SUCH_KEY")
    config = settings(tmp_path, Wiring(upstreams=[upstream], routes=ROUTES))
    assert_one_complaint(serve(config), "upstreams.openai.key_env", "NO_SUCH_KEY")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bundle_that_cannot_be_read(tmp_path: Path, workers: int) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "broken.rego").write_text("package lictor.request\n\ndeny contains {{\n")
    wiring = Wiring(upstreams=[UPSTREAM], routes=ROUTES, policy={"bundle": str(bundle)})
    told = serve(settings(tmp_path, wiring), "--workers", str(workers))
    assert_one_complaint(told, "broken.rego")


def test_a_bundle_that_is_not_there(tmp_path: Path) -> None:
    wiring = Wiring(upstreams=[UPSTREAM], routes=ROUTES, policy={"bundle": str(tmp_path / "nowhere")})
    assert_one_complaint(serve(settings(tmp_path, wiring)), "nowhere")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_log_that_cannot_be_written(tmp_path: Path, workers: int) -> None:
    (tmp_path / "audit").write_text("in the way")
    config = settings(tmp_path, Wiring(upstreams=[UPSTREAM], routes=ROUTES))
    assert_one_complaint(serve(config, "--workers", str(workers)), "audit")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_port_that_is_taken(tmp_path: Path, workers: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        config = settings(tmp_path, Wiring(upstreams=[UPSTREAM], routes=ROUTES), port)
        told = serve(config, "--workers", str(workers))
    # The server library's own code for a start that failed.
    assert_one_complaint(told, "address already in use" if workers == 1 else "Address already in use", code=3)
