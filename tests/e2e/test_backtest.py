"""What a real gateway recorded reproduces, whatever came of it, and a change shows what it would do."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.policy.shipped import baseline
from gateway.testing.upstream import Fail, ScriptedUpstream, Turn
from tests.e2e.harness import CALLER_KEY, SECRET, Script, Wiring, site, upstream_at

LABELS = '\n[upstreams.labels]\nregion = "eu"\n'
PERSONAL = "Mail jane.doe@example.com or call +49 30 901820."


@pytest.fixture(scope="module")
def log(
    tmp_path_factory: pytest.TempPathFactory, _upstream: ScriptedUpstream, _script: Script
) -> Iterator[Path]:
    """The log of a gateway that was stopped again."""
    folder = tmp_path_factory.mktemp("recorded")
    upstream = upstream_at(_upstream.url, retries=0) + LABELS
    wiring = Wiring(upstreams=[upstream], routes=[("*", "openai")])
    with site(folder, wiring) as running:
        for stream in (False, True):
            for text in ("Hello.", PERSONAL, f"Use {SECRET}", "word " * 400 + PERSONAL):
                _ask(running.url, text, stream=stream)
            _ask(running.url, "Hi.", stream=stream, temperature=0.25, seed=2**60, user="Ann")
            _script.always(Turn(text=PERSONAL))
            _ask(running.url, "Whom shall I ask?", stream=stream)
            _script.always(Turn(text=f"It is {SECRET}, I think. " * 20))
            _ask(running.url, "What is the key?", stream=stream)
            _script.always(Fail())
            _ask(running.url, "Hello?", stream=stream)
            _script.reset()
        _ask(running.url, "Hello.", stream=False, model="forbidden-model")
        httpx.post(f"{running.url}/v1/chat/completions", content=b'{"model": 1, "model": 2}')
    yield folder / "audit"
    _script.reset()


def _ask(url: str, text: str, *, stream: bool, model: str = "gpt-4o", **parameters: object) -> None:
    body = {"model": model, "stream": stream, "messages": [{"role": "user", "content": text}], **parameters}
    httpx.post(
        f"{url}/v1/chat/completions", json=body, headers={"authorization": f"Bearer {CALLER_KEY}"}, timeout=60
    )


def _backtest(log: Path, bundle: Path) -> dict[str, object]:
    arguments = ["policy", "backtest", "--workers", "1", "--json", "-", "--min-exchanges", "1"]
    found = CliRunner().invoke(main, [*arguments, "--bundle", str(bundle), "--log", str(log)])
    assert found.exit_code == 0, found.output
    document: dict[str, object] = json.loads(found.stdout)
    return document


def test_every_recorded_decision_reproduces(log: Path) -> None:
    document = _backtest(log, baseline())
    reproduction, exchanges = document["reproduction"], document["exchanges"]
    assert isinstance(reproduction, dict)
    assert isinstance(exchanges, dict)
    assert reproduction["reproduced"] == reproduction["replayed"] > 20
    assert exchanges["kinds"] == {"same": 17}
    assert document["refused"] == 1
    answers = {old for old, *_ in exchanges["cells"]}
    assert {"allow", "transform", "deny"} <= answers


def test_a_change_shows_what_it_would_do(log: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(baseline(), bundle)
    data = bundle / "data.json"
    data.write_text(
        data.read_text().replace('"deny": {\n        "*": []', '"deny": {\n        "*": ["email"]')
    )
    exchanges = _backtest(log, bundle)["exchanges"]
    assert isinstance(exchanges, dict)
    assert exchanges["newly_stopped"][0] >= 4
    assert exchanges["newly_released"][0] == 0
