"""The cases of the packs: facts in, decision out, with the whole baseline beside."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.policy.bundle import load
from gateway.policy.combine import combine
from gateway.policy.embedded import EmbeddedEngine
from gateway.policy.shipped import assemble, packs

SPECIMEN: dict[str, Any] = {
    "v": 1,
    "exchange": {
        "id": "00000000", "endpoint": "chat.completions", "dialect": "openai_chat", "model": "", "route": "*",
        "destinations": [{"name": "example", "dialect": "openai_chat", "labels": {}}], "stream": False,
        "parameters": {}, "tools": [], "body_bytes": 64,
    },
    "caller": {"key": "", "tenant": "example", "app": "", "roles": [], "attributes": {}},
    "usage": {},
    "size": {"body_kib": 1, "segments": 1, "kilocharacters": 1},
    "segments": [{}],
    "findings": [],
    "coverage": [],
    "time": {"unix_ms": 1_767_225_600_000},
}  # fmt: skip
ENTRIES: dict[str, dict[str, Any]] = {
    "segments": {"role": "user", "kind": "text", "length": 40},
    "findings": {
        "detector": "patterns", "version": "1", "category": "pii", "label": "email", "score": 1.0,
        "segment": "s0", "start": 0, "end": 16,
    },
    "coverage": {"segment": "*", "detector": "*", "state": "not_run", "reason": ""},
}  # fmt: skip

CASES = [
    pytest.param(name, case, id=f"{name}: {case['name']}")
    for name, root in packs().items()
    for file in sorted((root / "cases").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text())
]


def _over(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {name: _over(under[name], value) for name, value in over.items() if isinstance(value, dict)}
    return {**under, **over, **both} if under else dict(over)


def _completed(case: dict[str, Any]) -> dict[str, Any]:
    facts = _over(SPECIMEN, case["input"])
    for name, defaults in ENTRIES.items():
        facts[name] = [
            {"id": f"{name[0]}{place}", **defaults, **item} for place, item in enumerate(facts[name])
        ]
    roles = {segment["id"]: segment["role"] for segment in facts["segments"]}
    facts["findings"] = [{"role": roles[item["segment"]], **item} for item in facts["findings"]]
    facts["exchange"]["destinations"] = [
        {"name": "example", "labels": {}, **item} for item in facts["exchange"]["destinations"]
    ]
    return facts


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, EmbeddedEngine]:
    made = {}
    for name in packs():
        root: Path = tmp_path_factory.mktemp(name)
        assemble(root, [name])
        made[name] = EmbeddedEngine(load(root), ("patterns", "secrets"))
    return made


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(engines: dict[str, EmbeddedEngine], name: str, case: dict[str, Any]) -> None:
    facts, expect, engine = _completed(case), case["expect"], engines[name]
    plan = engine.plan({"caller": facts["caller"], "exchange": facts["exchange"], "installed": ["patterns"]})
    decision = combine(case["phase"], engine.evaluate(case["phase"], facts), (), plan, engine.revision)
    assert decision.answer == expect["answer"]
    assert sorted({verdict.rule for verdict in decision.verdicts}) == sorted(expect["rules"])
    got = sorted((each.effect.value, each.rule, list(each.findings)) for each in decision.obligations)
    assert got == sorted(
        (each["effect"], each["rule"], each.get("findings", [])) for each in expect["obligations"]
    )


def test_every_rule_speaks_in_some_case() -> None:
    from gateway.policy.packs import read_pack

    spoken = {rule for case in CASES for rule in case.values[1]["expect"]["rules"]}  # type: ignore[index]
    rules = {rule.id for root in packs().values() for rule in read_pack(root).rules}
    assert rules - spoken == {"children.outside_hours"}
