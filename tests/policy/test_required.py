"""Gates that are required: which statements let a bundle pass, and what is said of the others."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import ConfigError
from gateway.policy.authority import Authority
from gateway.policy.beside import beside
from gateway.policy.bundle import load
from gateway.policy.contents import BundleError
from gateway.policy.dsse import sign
from gateway.policy.keyring import Key, Keyring, Private, generate
from gateway.policy.required import DAY_MS, Gated, Requirement
from gateway.policy.source import Files

Json = dict[str, Any]
KEY, OTHER = generate("EdDSA"), generate("ES256")
DIGEST = "ab" * 32
NOW = 1_800_000_000_000
ENDED = "2027-01-15T08:00:00+00:00"
"""The very moment of NOW."""


def statement(
    result: str = "PASSED", digest: str = DIGEST, finished: str = ENDED, **tests: list[str]
) -> Json:
    named = {"passedTests": ["a", "b[de]", "b[en]"], "warnedTests": [], "failedTests": []} | tests
    run = {"name": "run", "digest": {"sha256": "cd" * 32}, "annotations": {"finished": finished}}
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "policy", "digest": {"sha256": digest}}, run],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {"result": result, "configuration": [], **named},
    }


def signed(*told: Json, key: Private = KEY) -> bytes:
    return b"\n".join(sign(json.dumps(one).encode(), key, "evals") for one in told)


@pytest.fixture
def asked() -> Requirement:
    ring = Keyring.of([Key("evals", KEY.public_key())], skew_ms=0)
    return Requirement(ring, gates=("a",), max_age_ms=DAY_MS, clock=lambda: NOW)


def kept(tmp_path: Path, asked: Requirement, body: bytes) -> str:
    """The rule that a file with these envelopes is refused by; empty where it passes."""
    file = tmp_path / "some.intoto.jsonl"
    file.write_bytes(body)
    try:
        assert asked.keep(f"sha256:{DIGEST}", "the bundle", (file,)).signer == "evals"
    except BundleError as refusal:
        return refusal.rule
    return ""


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        (statement(), ""),
        (statement("FAILED", failedTests=["a"]), "gate_failed"),
        (statement("WARNED", warnedTests=["c"]), "gate_warned"),
        (statement(digest="ef" * 32), "gate_missing"),
        (statement(passedTests=["b"]), "gate_not_run"),
        (statement(finished="2027-01-14T07:59:59+00:00"), "gate_expired"),
        (statement(finished="2027-01-15T08:00:01Z"), "gate_expired"),
        ({**statement(), "predicateType": "https://slsa.dev/provenance/v1"}, "gate_missing"),
    ],
)
def test_what_a_statement_must_say(tmp_path: Path, asked: Requirement, told: Json, rule: str) -> None:
    assert kept(tmp_path, asked, signed(told)) == rule


def test_no_time_is_no_good_where_age_matters(tmp_path: Path, asked: Requirement) -> None:
    told = statement()
    del told["subject"][1]["annotations"]
    assert kept(tmp_path, asked, signed(told)) == "gate_expired"
    assert not kept(tmp_path, replace(asked, max_age_ms=None), signed(told))


def test_who_signs_matters(tmp_path: Path, asked: Requirement) -> None:
    assert kept(tmp_path, asked, signed(statement(), key=OTHER)) == "gate_missing"
    assert kept(tmp_path, asked, b"") == "gate_missing"
    with pytest.raises(BundleError, match="of 1 envelopes none is signed by a key that counts"):
        asked.keep(DIGEST, "the bundle", (tmp_path / "some.intoto.jsonl", *_file(tmp_path, OTHER)))


def _file(tmp_path: Path, key: Private) -> tuple[Path, ...]:
    (tmp_path / "other.intoto.jsonl").write_bytes(signed(statement(), key=key))
    return (tmp_path / "other.intoto.jsonl",)


def test_the_newest_statement_counts(tmp_path: Path, asked: Requirement) -> None:
    older = statement(finished="2027-01-15T07:00:00+00:00")
    newer_fails = statement("FAILED", failedTests=["a"])
    assert kept(tmp_path, asked, signed(newer_fails, older)) == "gate_failed"
    older_failed = statement("FAILED", finished="2027-01-15T07:00:00+00:00")
    assert not kept(tmp_path, asked, signed(older_failed, statement()))


def test_open_gates_count_where_they_are_allowed(tmp_path: Path, asked: Requirement) -> None:
    told = statement("WARNED", passedTests=[], warnedTests=["a"])
    assert not kept(tmp_path, replace(asked, allow_warned=True), signed(told))


@pytest.mark.parametrize(("failed", "rule"), [([], ""), (["b[fr]"], "gate_not_run")])
def test_a_gate_of_each_value_holds_where_all_do(
    tmp_path: Path, asked: Requirement, failed: list[str], rule: str
) -> None:
    family = replace(asked, gates=("b",))
    assert kept(tmp_path, family, signed(statement(failedTests=failed))) == rule


@pytest.mark.parametrize(
    "change",
    [{"predicate": None}, {"predicate": {"result": "FINE"}}, {"subject": 3}, {"_type": None, "predicate": 3}],
)
def test_what_was_signed_and_says_nothing_is_named(
    tmp_path: Path, asked: Requirement, change: dict[str, Any]
) -> None:
    body = signed({**statement(), **change})
    if "_type" in change:  # of another kind: nobody asked for it
        assert kept(tmp_path, asked, body) == "gate_missing"
        return
    with pytest.raises(ConfigError, match=r"some\.intoto\.jsonl:1: this is no statement of test results"):
        kept(tmp_path, asked, body)


RULE = 'package lictor.request\n\nflag contains {"rule": "house.%s", "reason": "x"} if true\n'
PLAN = "package lictor.plan\n\ndetectors contains name if some name in input.installed\n"


def written(folder: Path, rule: str) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "house.rego").write_text(RULE % rule)
    (folder / "plan.rego").write_text(PLAN)
    return load(folder).revision


def test_a_reload_of_what_has_not_passed_is_refused_until_it_has(tmp_path: Path, asked: Requirement) -> None:
    folder = tmp_path / "bundle"
    first = written(folder, "one")
    beside(folder).write_bytes(signed(statement(digest=first.removeprefix("sha256:"))))
    authority = Authority(Files(folder, Gated(asked)))
    second = written(folder, "two")
    assert authority.changed()
    report = authority.adopt(authority.prepare())
    assert (report.accepted, report.revision) == (False, first)
    assert report.complaints[0].rule == "gate_missing"
    assert second in report.reason
    assert not authority.changed()
    beside(folder).write_bytes(signed(statement(digest=second.removeprefix("sha256:"))))
    assert authority.changed()
    assert authority.adopt(authority.prepare()).revision == second


def test_a_start_without_a_statement_is_refused(tmp_path: Path, asked: Requirement) -> None:
    written(tmp_path / "bundle", "one")
    with pytest.raises(BundleError, match="gate_missing"):
        Authority(Files(tmp_path / "bundle", Gated(asked)))
