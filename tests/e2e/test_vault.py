"""The vault from outside: kept by policy's word, read on record, erased for ever, under two workers."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from gateway.audit.canonical import encode
from gateway.audit.retention.records import Actor, erasure_record
from gateway.audit.vault.holder import Holder
from gateway.audit.vault.keys import FileKeys
from gateway.audit.verify import verify
from gateway.cli import main
from gateway.testing.upstream import ScriptedUpstream
from tests.e2e.harness import Script, Site, Wiring, eventually, site, upstream_at

PLAN = """package lictor.plan

import rego.v1

record_content if input.exchange.model != "gpt-private"
"""
REDACT = """package lictor.request

import rego.v1

redact contains {"rule": "house.pii", "reason": "No.", "findings": [f.id], "with": "mask"} if {
	some f in input.findings
	f.category == "pii"
}
"""
SAID = "Write to jane.doe@example.com about the tulips."


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, _upstream: ScriptedUpstream) -> Iterator[Site]:
    """Two workers with a vault; whom a call is about is in the field ``user``."""
    folder = tmp_path_factory.mktemp("vault")
    wiring = one_vault(folder, _upstream)
    with site(folder, wiring, options=["--workers", "2"]) as running:
        yield running


def ask(running: Site, **fields: object) -> tuple[str, bytes, bytes]:
    """Decision id, what was sent, what came."""
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": SAID}], "user": "jane", **fields}
    raw = json.dumps(body).encode()
    answer = httpx.post(f"{running.url}/v1/chat/completions", content=raw, timeout=60)
    return answer.headers["x-lictor-decision-id"], raw, answer.content


def lictor(running: Site, *arguments: str) -> Result:
    config = ["--config", str(running.folder / "lictor.toml")]
    by = [] if arguments[1] == "status" else ["--by", "dpo"]
    return CliRunner().invoke(main, [*arguments, *config, *by])


def read(running: Site, decision_id: str, phase: str) -> Result:
    return lictor(running, "vault", "read", decision_id, "--phase", phase, "--reason", "complaint 12")


@pytest.mark.parametrize("stream", [False, True])
def test_what_was_received_and_delivered_can_be_read(kept: Site, script: Script, stream: bool) -> None:
    decision_id, sent, came = ask(kept, stream=stream)
    eventually(lambda: len(kept.exchange(decision_id)) == 2)
    assert [read(kept, decision_id, phase).stdout_bytes for phase in ("request", "response")] == [sent, came]
    assert kept.kinds(decision_id) == ["decision", "outcome", "access", "access"]
    assert kept.traces_of("tulips") == []  # neither in the log nor in the vault, in plain


def test_what_the_provider_got_is_not_what_is_kept(kept: Site, upstream: ScriptedUpstream) -> None:
    decision_id, sent, _ = ask(kept)
    (received,) = upstream.requests
    assert b"jane.doe" in sent
    assert b"jane.doe" not in received.body
    assert read(kept, decision_id, "request").stdout_bytes == sent


def test_without_policys_word_nothing_is_kept(kept: Site, script: Script) -> None:
    decision_id, _, _ = ask(kept, model="gpt-private")
    result = read(kept, decision_id, "request")
    assert (result.exit_code, result.stderr) == (3, f"lictor: nothing is kept of {decision_id}\n")
    assert len(kept.exchange(decision_id)[0]["body_commit"]) == 64


def test_a_person_is_erased_while_all_go_on(kept: Site, script: Script) -> None:
    before = [ask(kept, user="john")[0] for _ in range(4)]
    others, sent, _ = ask(kept, user="mary")
    erase = ("vault", "erase", "--subject", "john", "--request-ref", "DSR-1", "--basis", "Art. 17")
    done = lictor(kept, *erase)
    assert (done.exit_code, done.stdout[:12]) == (0, "erased: key ")
    for decision_id in before:
        result = read(kept, decision_id, "request")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "erased: request DSR-1, erasure record" in result.stderr
    assert "carried out before" in lictor(kept, *erase).stdout
    assert read(kept, others, "request").stdout_bytes == sent
    after, sent, _ = ask(kept, user="john")
    assert read(kept, after, "request").stdout_bytes == sent
    assert "was interrupted" not in lictor(kept, "vault", "status").stdout


def test_a_hold_forbids_erasure_and_says_its_name(kept: Site, script: Script) -> None:
    decision_id, _, _ = ask(kept, user="anna")
    reason = ("--reason", "litigation")
    assert lictor(kept, "audit", "hold", "add", "case-9", "--exchange", decision_id, *reason).exit_code == 0
    erase = ("vault", "erase", "--subject", "anna", "--request-ref", "DSR-2", "--basis", "Art. 17")
    refused = lictor(kept, *erase)
    assert (refused.exit_code, "legal hold case-9" in refused.stderr) == (1, True)
    assert lictor(kept, "audit", "hold", "release", "case-9", *reason).exit_code == 0
    assert lictor(kept, *erase).exit_code == 0


def test_an_erasure_that_was_interrupted_is_finished_at_the_next_start(
    tmp_path: Path, upstream: ScriptedUpstream, script: Script
) -> None:
    wiring = one_vault(tmp_path, upstream)
    with site(tmp_path, wiring) as running:
        decision_id, _, _ = ask(running)
    keys = FileKeys(tmp_path / "vault.keys")
    slot = keys.find(Holder("subject", "default", "jane"))
    assert slot is not None
    record = erasure_record(Actor("dpo", ""), request="DSR-3", basis="b", key=slot.key, contents=2)
    keys.announce(slot, encode(record))
    keys.destroy(slot)  # and then the power fails
    with site(tmp_path, wiring) as running:
        assert "erasure DSR-3 was interrupted; it is done and recorded now" in running.said()
        result = read(running, decision_id, "request")
        assert (result.exit_code, "erased: request DSR-3" in result.stderr) == (1, True)
    report = verify(tmp_path / "audit")
    assert (report.problems, report.counts["erasure"]) == ([], 1)


def test_commands_with_the_wrong_settings_do_not_say_that_nothing_is_kept(tmp_path: Path) -> None:
    config = tmp_path / "lictor.toml"
    config.write_text(
        f'[audit]\npath = "{tmp_path}/audit"\n[vault]\npath = "{tmp_path}/v"\nkeys = "{tmp_path}/k"\n'
    )
    erase = ("--subject", "jane", "--request-ref", "r", "--basis", "b", "--by", "dpo")
    for command in (("erase", *erase), ("read", "lx-1", "--reason", "r", "--by", "dpo"), ("status",)):
        result = CliRunner().invoke(main, ["vault", *command, "--config", str(config)])
        assert (result.exit_code, "there is no vault" in result.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == [config]


def one_vault(folder: Path, upstream: ScriptedUpstream) -> Wiring:
    """One worker."""
    bundle = folder / "bundle"
    bundle.mkdir()
    (bundle / "plan.rego").write_text(PLAN)
    (bundle / "request.rego").write_text(REDACT)
    vault = f'[vault]\nenabled = true\npath = "{folder}/content"\nkeys = "{folder}/vault.keys"\n'
    return Wiring(
        upstreams=[upstream_at(upstream.url, retries=0)],
        routes=[("gpt-*", "openai")],
        policy={"bundle": str(bundle)},
        more=vault + 'subjects = ["body.user"]',
    )


def test_a_vault_that_cannot_be_written_releases_nothing(
    tmp_path: Path, upstream: ScriptedUpstream, script: Script
) -> None:
    wiring = one_vault(tmp_path, upstream)
    with site(tmp_path, wiring) as running:
        content = tmp_path / "content"
        content.rmdir()
        content.write_text("in the way")
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": SAID}]}
        answer = httpx.post(f"{running.url}/v1/chat/completions", json=body, timeout=60)
        assert answer.status_code == 503
        assert upstream.requests == []
    assert verify(tmp_path / "audit").problems == []
