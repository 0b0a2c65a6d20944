"""The packs that ship, each beside the baseline, in pairs, and all together."""

import re
import shutil
import subprocess
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
import yaml

import gateway.policy
from gateway.core.errors import ConfigError
from gateway.policy.bundle import load
from gateway.policy.check import check
from gateway.policy.packs import CONTROL, Pack, read_pack
from gateway.policy.packs_page import page, refresh
from gateway.policy.rule_objects import statements
from gateway.policy.shipped import assemble, baseline, library, pack, packs
from tests.policy.bundles import run_tests

OPA = shutil.which("opa")
NAMES = ("agent-tools", "children", "eu-ai-act", "gdpr-transfer", "hipaa", "owasp-llm")
MERGES = [(), *((name,) for name in NAMES), NAMES]
PAIRS = list(combinations(NAMES, 2))

Assembled = Callable[[tuple[str, ...]], Path]


@pytest.fixture(scope="module")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> Assembled:
    """The baseline, the library and packs in one folder, made once for each choice."""
    made: dict[tuple[str, ...], Path] = {}

    def bundle(names: tuple[str, ...]) -> Path:
        if names not in made:
            made[names] = tmp_path_factory.mktemp("bundle")
            assemble(made[names], names)
        return made[names]

    return bundle


def _opa(*arguments: str) -> None:
    assert OPA
    done = subprocess.run([OPA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_these_packs_ship() -> None:
    assert tuple(packs()) == NAMES


# --- side by side -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", MERGES, ids="+".join)
def test_it_is_in_order(assembled: Assembled, names: tuple[str, ...]) -> None:
    assert check(assembled(names)) == []


@pytest.mark.parametrize("names", MERGES, ids="+".join)
def test_its_tests_pass(assembled: Assembled, names: tuple[str, ...]) -> None:
    results = run_tests(assembled(names))
    own = {f"{name.replace('-', '_')}_" for name in names}
    assert all(any(area in result.test.suite for result in results) for area in own)
    assert [result for result in results if not result.passed] == []


@pytest.mark.parametrize("names", PAIRS, ids="+".join)
def test_two_packs_lie_over_each_other(assembled: Assembled, names: tuple[str, ...]) -> None:
    files = [
        {path.relative_to(pack(name)) for path in pack(name).rglob("*.*") if path.is_file()} for name in names
    ]
    assert files[0] & files[1] == {Path("pack.yaml")}
    one, other = (load(assembled((name,))) for name in names)
    both = load(assembled(names))
    assert len(both.modules) == len(one.modules) + len(other.modules) - len(load(assembled(())).modules)


@pytest.mark.skipif(not OPA, reason="there is no `opa` on PATH")
@pytest.mark.parametrize("names", [*MERGES, *PAIRS], ids="+".join)
def test_opa_takes_it(assembled: Assembled, names: tuple[str, ...]) -> None:
    _opa("check", "--strict", str(assembled(names)))
    _opa("test", str(assembled(names)))


@pytest.mark.skipif(not OPA, reason="there is no `opa` on PATH")
def test_rego_is_formatted(assembled: Assembled) -> None:
    _opa("fmt", "--list", "--fail", str(assembled(NAMES)))


def test_a_bundle_holds_no_descriptions_and_no_cases(assembled: Assembled) -> None:
    assert {path.suffix for path in assembled(NAMES).rglob("*") if path.is_file()} == {".rego", ".json"}


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_stays_in_its_own_names(name: str) -> None:
    area = name.replace("-", "_")
    for module in load(pack(name)).modules:
        assert module.package[1:] in {("request",), ("response",), ("packs", area)}
        assert Path(module.file).stem.startswith(area)
    assert [path.name for path in (pack(name) / "settings").iterdir()] == [area]


def test_every_file_of_rules_has_its_twin() -> None:
    for root in (library(), *packs().values()):
        rules = {path for path in root.rglob("*.rego") if path.parent.name in {"lib", "request", "response"}}
        tests = {path for path in rules if path.stem.endswith("_test")}
        assert tests
        assert {path.with_stem(f"{path.stem}_test") for path in rules - tests} == tests


# --- descriptions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_description_says_what_the_rules_say(name: str) -> None:
    """Both ways: no rule that is not described, no description without a rule."""
    told = {(rule.phase, rule.effect, rule.id, rule.controls) for rule in read_pack(pack(name)).rules}
    stated = {
        (said.phase, said.effect, said.rule, said.controls) for said in statements(load(pack(name)).modules)
    }
    assert told == stated


def test_the_baselines_controls_have_three_parts() -> None:
    controls = [control for said in statements(load(baseline()).modules) for control in said.controls]
    assert controls
    assert [control for control in controls if not CONTROL.fullmatch(control)] == []


TOP_TEN = [f"LLM{number:02}" for number in range(1, 11)]
MOVED = {"LLM03": "LLM04", "LLM04": "LLM05", "LLM05": "LLM10", "LLM06": "LLM03", "LLM07": "LLM08",
         "LLM08": "LLM09", "LLM09": "LLM07", "LLM10": "LLM06"}  # fmt: skip
"""Where the edition of 2026 has what that of 2025 had; the first two stayed."""


@pytest.mark.parametrize("root", [baseline(), *packs().values()], ids=lambda root: root.name)
def test_both_editions_of_the_top_ten_mean_the_same(root: Path) -> None:
    for said in statements(load(root).modules):
        editions: dict[str, set[str]] = {"2025": set(), "2026": set()}
        for control in said.controls:
            framework, edition, clause = control.split(":", 2)
            if framework == "owasp-llm":
                assert clause in TOP_TEN
                editions[edition].add(clause)
        assert {MOVED.get(clause, clause) for clause in editions["2025"]} == editions["2026"], said


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_named_in_a_description_is_there(name: str) -> None:
    described = read_pack(pack(name))
    settings = load(pack(name)).data["settings"]
    assert isinstance(settings, dict)
    own = settings[name.replace("-", "_")]
    words = {word for rule in described.rules for word in re.findall(r"`([a-z_.]+)`", rule.says)}
    paths = {word for word in words if word.split(".")[0] in own}
    for path in paths:
        value = own
        for part in path.split("."):
            value = value[part]
    assert {path.split(".")[0] for path in paths} >= own.keys() - UNTOLD.get(name, set())


UNTOLD = {"children": {"below", "unknown"}, "hipaa": {"tenants"}, "gdpr-transfer": {"leave", "threshold"}}
"""Settings that no single rule has to itself; the summary or the words for the operator tell of them."""


GOOD = yaml.safe_load((pack("hipaa") / "pack.yaml").read_text())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"surprise": 1}, "too much or missing: surprise"),
        ({"version": 1}, "version: must be a text"),
        ({"operator": "label things"}, "operator: must be a list"),
        ({"rules": {}}, "rules: must be a list"),
        ({"rules": [{"id": "hipaa.x"}]}, r"rules\[0\]: must be a table of"),
        ({"name": "other"}, "is called `other` in the folder `hipaa`"),
        ({"rules": [{**GOOD["rules"][0], "id": "pii.sent"}]}, "`pii.sent` must look like `hipaa.name`"),
        ({"rules": [{**GOOD["rules"][0], "effect": "allow"}]}, "needs a phase and an effect that there are"),
        ({"rules": [{**GOOD["rules"][0], "controls": []}]}, "serves no control"),
        ({"rules": [{**GOOD["rules"][0], "controls": ["hipaa:312(b)"]}]}, "is not framework:edition:id"),
        ({"rules": [{**GOOD["rules"][0], "controls": ["soc2:2017:CC7.2"]}]}, "is not framework:edition:id"),
    ],
)
def test_a_description_that_is_wrong_is_refused(
    tmp_path: Path, change: dict[str, object], complaint: str
) -> None:
    folder = tmp_path / "hipaa"
    folder.mkdir()
    (folder / "pack.yaml").write_text(yaml.safe_dump({**GOOD, **change}))
    with pytest.raises(ConfigError, match=complaint):
        read_pack(folder)


def test_a_description_that_is_no_yaml_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"pack\.yaml: .*No such file"):
        read_pack(tmp_path)
    (tmp_path / "pack.yaml").write_text("a: [")
    with pytest.raises(ConfigError, match=r"pack\.yaml: "):
        read_pack(tmp_path)


def test_the_page_is_current() -> None:
    file = Path(gateway.policy.__file__).parents[2] / "docs" / "reference" / "packs.md"
    assert file.read_text() == refresh(file.read_text()), "run python -m gateway.policy.packs_page FILE"
    assert all(f"`{rule.id}`" in page() for name in NAMES for rule in read_pack(pack(name)).rules)


@pytest.mark.parametrize("name", NAMES)
def test_a_description_says_what_it_leaves_open(name: str) -> None:
    described: Pack = read_pack(pack(name))
    assert described.not_covered
    assert described.operator
