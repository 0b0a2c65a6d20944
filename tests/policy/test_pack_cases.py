"""The cases of the packs: facts in, decision out, with the whole baseline beside."""

from pathlib import Path

import pytest

from gateway.policy.bundle import load
from gateway.policy.case_files import Case, read_cases
from gateway.policy.cases import run_all
from gateway.policy.embedded import EmbeddedEngine
from gateway.policy.packs import read_pack
from gateway.policy.shipped import assemble, packs

CASES = [(name, case) for name, root in packs().items() for case in read_cases(root / "cases")]


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, EmbeddedEngine]:
    made = {}
    for name in packs():
        root: Path = tmp_path_factory.mktemp(name)
        assemble(root, [name])
        made[name] = EmbeddedEngine(load(root))
    return made


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case.name}" for name, case in CASES])
def test_case(engines: dict[str, EmbeddedEngine], name: str, case: Case) -> None:
    (result,) = run_all([case], engines[name])
    assert result.differences == ()
    assert {"rules", "obligations"} <= case.expect.keys(), "a pack's case says everything that comes out"


def test_every_rule_speaks_in_some_case() -> None:
    spoken = {rule for _, case in CASES for rule in case.expect["rules"]}
    rules = {rule.id for root in packs().values() for rule in read_pack(root).rules}
    assert rules - spoken == {"children.outside_hours"}
