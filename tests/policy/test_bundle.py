from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.policy.bundle import MAX_FILE_BYTES, BundleError, load
from gateway.policy.shipped import baseline

Make = Callable[..., Path]

RULE = 'package lictor.request\n\ndeny contains {"rule": "a.b", "reason": "N."} if input.exchange.stream\n'


def test_revision_names_rules_and_data_but_not_tests(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE}, {"x": 1})
    first = load(root).revision
    assert first.startswith("sha256:")
    assert len(first) == 71
    make_bundle({"a_test.rego": "package lictor.a_test\n", "README.md": "text"})
    assert load(root).revision == first
    make_bundle({"a.rego": RULE + "\n"})
    second = load(root).revision
    make_bundle({}, {"x": 2})
    assert len({first, second, load(root).revision}) == 3


def test_revision_does_not_depend_on_where_the_bundle_is(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.rego").write_text(RULE)
    assert load(tmp_path / "one").revision == load(tmp_path / "two").revision


def test_renaming_a_file_is_a_revision(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE})
    first = load(root).revision
    (root / "a.rego").rename(root / "b.rego")
    assert load(root).revision != first


def test_data_is_nested_by_folder(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE, "x/y/data.json": '{"z": 1}', "x/data.json": '{"w": 2}'}, {"top": 0})
    assert load(root).data == {"top": 0, "x": {"w": 2, "y": {"z": 1}}}


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({}, "no Rego file"),
        ({"a.rego": RULE, "x/data.json": '{"y": 1}', "data.json": '{"x": {"y": 2}}'}, "`y` is defined twice"),
        ({"a.rego": RULE, "data.json": "[1]"}, "must hold an object"),
        ({"a.rego": RULE, "data.json": "{"}, "not valid JSON"),
        ({"a.rego": RULE, "helper.py": ""}, "no Python"),
        ({"a.rego": RULE.replace("lictor", "other")}, "start with `lictor`"),
        ({"a.rego": RULE.replace(" if ", " fi ")}, r"a\.rego:3: `deny`"),
    ],
)
def test_refused(make_bundle: Make, files: dict[str, str], complaint: str) -> None:
    with pytest.raises(BundleError, match=complaint):
        load(make_bundle(files))


def test_not_utf8(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE})
    (root / "a.rego").write_bytes(b"package lictor.x # \xff\n")
    with pytest.raises(BundleError, match="UTF-8"):
        load(root)


def test_link_out_of_the_bundle(make_bundle: Make, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "b.rego"
    outside.write_text(RULE)
    root = make_bundle({"a.rego": RULE})
    (root / "b.rego").symlink_to(outside)
    with pytest.raises(BundleError, match="out of the bundle"):
        load(root)


def test_link_inside_the_bundle(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE})
    (root / "b.rego").symlink_to(root / "a.rego")
    assert len(load(root).modules) == 2


def test_huge_file(make_bundle: Make) -> None:
    with pytest.raises(BundleError, match="larger than"):
        load(make_bundle({"a.rego": RULE + "#" * MAX_FILE_BYTES}))


def test_baseline_is_found() -> None:
    assert load(baseline()).data["settings"]
