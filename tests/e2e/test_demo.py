"""The demonstration as a newcomer runs it, but for the upstream, which needs no model."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gateway.audit.reader import find
from gateway.audit.verify import verify
from tests.e2e.harness import eventually

LOG = Path("var/demo/audit")
DEMO = [sys.executable, "-m", "gateway.cli", "demo", "--scripted"]
HEARS_CTRL_C = ["env", "--default-signal=INT"]
"""Jobs in the background of a shell ignore it, and so would their children."""


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which the tour ran, and what it said."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        DEMO, cwd=folder, text=True, check=False, capture_output=True, env={**os.environ, "COLUMNS": "200"}
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return folder, done.stdout


@pytest.mark.slow
def test_every_call_is_told_with_its_record(toured: tuple[Path, str]) -> None:
    folder, said = toured
    calls = re.split(r"^\d\. ", said.partition("The log, verified")[0], flags=re.MULTILINE)[1:]
    assert len(calls) == 6
    for call in calls:
        labels = [line.split(maxsplit=1)[0] for line in call.splitlines()[1:] if line[:1].strip()]
        told = [label for label in dict.fromkeys(labels) if label != "restored"]
        assert told == ["prompt", "answer", "found", "decided", "recorded"]
        (decision_id,) = re.findall(r"lx-\S+", call)
        assert len(find(folder / LOG, decision_id)) == 2
    assert "echo: Dear team, please refund card 4111 1111 1111 1111 and write to jane.doe@" in calls[1]
    assert "pii.replaced" in calls[1]
    assert re.search(r"^restored +1 card, 1 email *$", calls[1], re.MULTILINE)
    assert "BadRequestError" in calls[2]
    assert "PermissionDeniedError" in calls[3]


@pytest.mark.slow
def test_what_it_says_to_type_can_be_typed(toured: tuple[Path, str]) -> None:
    folder, said = toured
    explain, check, _ = said.partition("Look around:\n")[2].splitlines()
    for command in (explain, check):
        done = subprocess.run(command, cwd=folder, shell=True, check=False, capture_output=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_forgery_is_found_where_it_was_made(toured: tuple[Path, str]) -> None:
    folder, said = toured
    intact, forged = said.split("The same after a forgery")
    assert "\nintact" in intact
    assert "\nTAMPERED" in forged
    secret = re.findall(r"lx-\S+", intact)[2]
    (outcome,) = [index for index, record in find(folder / LOG, secret) if record["type"] == "outcome"]
    assert f"entry {outcome}: not what was logged" in forged
    assert verify(folder / LOG, None).ok


@contextmanager
def serving(folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """``lictor demo --serve`` in a terminal's foreground, and where it writes."""
    said = folder / "said"
    with said.open("wb") as stream:
        command = [*HEARS_CTRL_C, *DEMO, "--serve", "--port", "0"]
        process = subprocess.Popen(
            command, cwd=folder, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        eventually(lambda: "Ctrl-C" in said.read_text() or process.poll() is not None)
        yield process, said
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.slow
def test_it_serves_until_ctrl_c(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, said):
        text = said.read_text()
        (base_url,) = re.findall(r'OpenAI\(base_url="(\S+)"', text)
        assert f"curl -i {base_url}/chat/completions" in text
        assert httpx.get(f"{base_url}/models").status_code == 200
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 0
    assert "Traceback" not in said.read_text()
    assert verify(tmp_path / LOG, None).ok


@pytest.mark.slow
def test_its_gateway_ends_with_it(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, said):
        (base_url,) = re.findall(r'OpenAI\(base_url="(\S+)"', said.read_text())
        process.terminate()
        assert process.wait(timeout=60) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base_url}/models")
