"""Catalogues: strict, in step with the editions, the policies and the log's specification."""

import re
import shutil
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

from gateway.core.errors import ConfigError
from gateway.policy.shipped import baseline
from reports.catalogue import FOLDER, Catalogue, expanded, load, load_all
from reports.controls_page import as_objects, page, told
from reports.kinds import EXPECTED, WRITTEN
from reports.policies import Policy, read_policy

ROOT = Path(__file__).parents[2]
PACKS = ROOT / "policies" / "packs"

FRAMEWORKS = {
    "eu-ai-act:2024",
    "gdpr:2016",
    "hipaa:45cfr164",
    "iso-42001:2023",
    "mitre-atlas:2026.09",
    "nist-ai-600-1:2024",
    "nist-ai-rmf:1.0",
    "owasp-llm:2025",
    "owasp-llm:2026",
    "soc2:2017",
}

MOVED = {1: 1, 2: 2, 3: 4, 4: 5, 5: 10, 6: 3, 7: 8, 8: 9, 9: 7, 10: 6}
"""OWASP: ids of 2025 and what the same risk is called in 2026."""


@pytest.fixture(scope="module")
def shipped() -> Policy:
    return read_policy(baseline())


def _packs() -> list[Path]:
    """Every bundle below ``policies/packs``: a folder with Rego in it, whose parent has none."""
    folders = {file.parent for file in PACKS.rglob("*.rego")} if PACKS.is_dir() else set()
    return sorted(folder for folder in folders if not any(other in folder.parents for other in folders))


def test_every_framework_is_there(catalogues: tuple[Catalogue, ...]) -> None:
    assert {catalogue.name for catalogue in catalogues} == FRAMEWORKS


@pytest.mark.parametrize(
    ("name", "count"),
    [("nist-ai-rmf:1.0", 72), ("iso-42001:2023", 38), ("soc2:2017", 61), ("owasp-llm:2026", 10)],
)
def test_a_complete_list_has_as_many_ids_as_the_edition(
    catalogues: tuple[Catalogue, ...], name: str, count: int
) -> None:
    found = next(catalogue for catalogue in catalogues if catalogue.name == name)
    assert found.complete
    assert len(found.ids) == count


def test_each_clause_exists_in_its_edition_and_once(catalogues: tuple[Catalogue, ...]) -> None:
    for catalogue in catalogues:
        ids = [control.id for control in catalogue.controls]
        assert len(set(ids)) == len(ids)
        assert set(ids) <= set(catalogue.ids)
        assert set(catalogue.unmapped) == set(catalogue.ids) - set(ids)


def test_each_mapped_record_type_is_specified_or_expected(catalogues: tuple[Catalogue, ...]) -> None:
    specified = _specified()
    assert specified >= WRITTEN
    for catalogue in catalogues:
        for control in catalogue.controls:
            assert set(control.records) <= specified | EXPECTED.keys(), control.name


def _specified() -> set[str]:
    text = (ROOT / "docs" / "spec" / "audit-log.md").read_text("utf-8")
    table = text.partition("## 3. Records")[2].partition("\n\n**Call**")[0]
    return set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))


def test_each_mapped_rule_exists_in_a_policy(catalogues: tuple[Catalogue, ...], shipped: Policy) -> None:
    known = set(shipped.ids).union(*(read_policy(pack).ids for pack in _packs()))
    for catalogue in catalogues:
        for control in catalogue.controls:
            for pattern in control.rules:
                assert any(fnmatchcase(rule, pattern) for rule in known), f"{control.name}: {pattern}"


def test_each_clause_that_a_rule_names_is_in_a_catalogue(
    catalogues: tuple[Catalogue, ...], shipped: Policy
) -> None:
    known = {f"{catalogue.name}:{name}" for catalogue in catalogues for name in catalogue.ids}
    frameworks = {catalogue.framework for catalogue in catalogues}
    for policy in (shipped, *map(read_policy, _packs())):
        for rule, controls in policy.rules:
            ours = {name for name in controls if name.partition(":")[0] in frameworks}
            assert ours <= known, f"{policy.name}: {rule}"


def test_rules_and_catalogues_agree_on_owasp_both_ways(
    catalogues: tuple[Catalogue, ...], shipped: Policy
) -> None:
    owasp = [control for item in catalogues if item.framework == "owasp-llm" for control in item.controls]
    by_rule = {
        (rule, name) for rule, names in shipped.rules for name in names if name.startswith("owasp-llm:")
    }
    by_catalogue = {
        (rule, control.name) for control in owasp for rule in shipped.ids if control.has_rule(rule)
    }
    assert by_rule
    assert by_rule == by_catalogue


def test_owasp_2026_is_the_right_permutation_of_2025(catalogues: tuple[Catalogue, ...]) -> None:
    old, new = (
        {control.id: control for item in catalogues if item.name == name for control in item.controls}
        for name in ("owasp-llm:2025", "owasp-llm:2026")
    )
    renamed = {7}  # system prompt leakage has become hidden context exposure
    for before, after in MOVED.items():
        ours, theirs = old[f"LLM{before:02d}"], new[f"LLM{after:02d}"]
        assert (ours.rules, ours.gives) == (theirs.rules, theirs.gives)
        assert (ours.title == theirs.title) is (before not in renamed)


def test_no_catalogue_claims_a_review_that_nobody_made(catalogues: tuple[Catalogue, ...]) -> None:
    for catalogue in catalogues:
        assert (catalogue.status == "reviewed") is (catalogue.reviewer != "nobody yet")


def test_a_range_is_expanded() -> None:
    assert list(expanded("A.[9-11].x")) == ["A.9.x", "A.10.x", "A.11.x"]
    assert list(expanded("LLM[01-03]")) == ["LLM01", "LLM02", "LLM03"]
    assert list(expanded("5(1)([a-c])")) == ["5(1)(a)", "5(1)(b)", "5(1)(c)"]
    assert list(expanded("plain")) == ["plain"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "LLM99"}, "no id of this edition"),
        ({"id": "LLM02"}, "is there twice"),
        ({"colour": "red"}, "unknown key colour"),
        ({"gives": "compliant"}, "none of supports, partial, operator_must_supply"),
        ({"rules": "injection.*"}, "list of names"),
        ({"rules": [], "records": []}, "maps to no rule and no record"),
        ({"gives": "operator_must_supply", "operator": ""}, "must supply"),
        ({"artefacts": ["XX"]}, "none of DL"),
        ({"asks": " "}, "need words"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    path = _copy(tmp_path)
    body = yaml.safe_load(path.read_text())
    body["controls"][0].update(change)
    path.write_text(yaml.safe_dump(body))
    with pytest.raises(ConfigError, match=said) as caught:
        load(path)
    assert "owasp-llm-2026.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("reviewer: nobody yet\nstatus: draft", "reviewer: nobody yet\nstatus: reviewed", "by nobody"),
        ("status: draft", "status: draft\nstatus: draft", "twice"),
        ("reviewer: nobody yet\n", "", "reviewer is missing"),
        ('edition: "2026"', 'edition: "2027"', "is not the catalogue's"),
        ("controls:", "controls: [", "owasp-llm-2026.yaml"),
    ],
)
def test_a_wrong_head_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = _copy(tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError, match=said):
        load(path)


def _copy(folder: Path) -> Path:
    name = "owasp-llm-2026.yaml"
    (folder / "editions").mkdir()
    shutil.copy(FOLDER / "editions" / name, folder / "editions" / name)
    return Path(shutil.copy(FOLDER / name, folder / name))


def test_the_page_of_controls_is_current() -> None:
    written = (ROOT / "docs" / "reference" / "controls.md").read_text("utf-8")
    assert written == page(load_all()), "lictor report controls --markdown > docs/reference/controls.md"


def test_controls_are_told_in_three_ways(catalogues: tuple[Catalogue, ...]) -> None:
    assert "owasp-llm:2026" in told(catalogues)
    assert yaml.safe_load(as_objects(catalogues))[0]["framework"] == "eu-ai-act"


def test_no_text_says_compliant(catalogues: tuple[Catalogue, ...]) -> None:
    assert "complian" not in as_objects(catalogues).lower()
