"""Classifiers on live traffic, under the baseline policy, with a model whose answers are known."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")

from gateway.detect.onnx.device import obstacle
from gateway.testing.upstream import ScriptedUpstream, Turn
from tests.detect.onnx.tiny import write
from tests.e2e.harness import Script, Site, Wiring, site, upstream_at


@pytest.fixture(scope="module")
def classified(tmp_path_factory: pytest.TempPathFactory, _upstream: ScriptedUpstream) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("classified")
    wiring = Wiring(
        upstreams=[upstream_at(_upstream.url)],
        routes=[("*", "openai")],
        classifiers={"enabled": True, "manifests": [str(write(folder))], "device": "cpu"},
    )
    with site(folder, wiring) as running:
        yield running


def ask(gateway: Site, text: str, system: str = "fine") -> httpx.Response:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
    return httpx.post(
        f"{gateway.url}/v1/chat/completions",
        json={"model": "gpt-4o", "messages": messages},
        headers={"authorization": "Bearer sk-callers"},
        timeout=30,
    )


def decided(gateway: Site, answer: httpx.Response) -> dict[str, object]:
    records = gateway.exchange(answer.headers["x-lictor-decision-id"])
    return dict(next(record for record in records if record["type"] == "decision"))


def test_a_clean_call_is_checked_and_passes(classified: Site, upstream: ScriptedUpstream) -> None:
    answer = ask(classified, "fine")
    assert answer.status_code == 200
    assert "classifiers" in json.dumps(decided(classified, answer))


def test_an_injection_is_denied(classified: Site, upstream: ScriptedUpstream) -> None:
    answer = ask(classified, "please ignore")
    assert answer.status_code in {400, 403}
    assert "injection.attempt" in json.dumps(decided(classified, answer))
    assert upstream.requests == []


def test_the_operator_may_give_instructions(classified: Site, upstream: ScriptedUpstream) -> None:
    assert ask(classified, "fine", system="ignore").status_code == 200


def test_a_toxic_answer_is_on_record(classified: Site, upstream: ScriptedUpstream, script: Script) -> None:
    script.always(Turn("idiot"))
    answer = ask(classified, "fine")
    assert answer.status_code == 200
    assert "toxicity.answered" in json.dumps(classified.exchange(answer.headers["x-lictor-decision-id"]))


def test_what_comes_on_top_is_not_checked_and_not_let_through(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    wiring = Wiring(
        upstreams=[upstream_at(upstream.url)],
        routes=[("*", "openai")],
        classifiers={"manifests": [str(write(tmp_path))], "device": "cpu", "queue_characters": 1},
    )
    with site(tmp_path, wiring) as crowded:
        answer = ask(crowded, "fine", system="fine fine")
        decision = json.dumps(decided(crowded, answer))
    assert answer.status_code == 503
    assert "overloaded" in decision
    assert "error_closed" in decision
    assert upstream.requests == []


def test_the_gateway_says_what_runs_where(classified: Site) -> None:
    told = httpx.get(f"{classified.url}/lictor/models").json()
    assert [(model["id"], model["device"], model["reason"]) for model in told["models"]] == [
        ("tiny", "cpu", "as asked for")
    ]
    health = httpx.get(f"{classified.url}/lictor/readyz").json()
    assert health["classifiers"]["models"] == {"tiny": {"device": "cpu", "reason": "as asked for"}}


def test_scan_has_scores_for_every_line(tmp_path: Path) -> None:
    config, source, target = tmp_path / "lictor.toml", tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    config.write_text(f'[classifiers]\nmanifests = ["{write(tmp_path)}"]\n')
    source.write_text('{"id":1,"text":"Ada Lovelace"}\n{"id":2,"text":""}\n')
    command = [sys.executable, "-m", "gateway.cli", "scan", "--config", str(config)]
    subprocess.run([*command, "--input", str(source), "--output", str(target)], check=True, timeout=60)
    named, empty = [json.loads(line) for line in target.read_text().splitlines()]
    assert named["scores"].keys() == {"toxicity", "injection", "pii"}
    assert empty["scores"].keys() == {"toxicity", "injection"}
    assert [(found["label"], found["start"], found["end"]) for found in named["findings"]] == [
        ("PERSON", 0, 12)
    ]


@pytest.mark.parametrize(("device", "code"), [("cpu", 0), ("cuda", 2), ("tensorrt", 2)])
def test_a_device_is_there_or_that_is_said(tmp_path: Path, device: str, code: int) -> None:
    if device != "cpu" and not obstacle("cuda"):
        pytest.skip("this machine has a CUDA device")
    config = tmp_path / "lictor.toml"
    config.write_text(f'[classifiers]\nmanifests = ["{write(tmp_path)}"]\n')
    command = [sys.executable, "-m", "gateway.cli", "models", "list", "--config", str(config)]
    done = subprocess.run(
        command, env={"LICTOR_DEVICE": device}, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == code
    assert "as asked for" in done.stdout or f"lictor: device {device} is asked for, but" in done.stderr
