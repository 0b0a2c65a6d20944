"""A built archive decides as its folder does, under the same revision, and is OPA's."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.policy.archive import pack, unpack
from gateway.policy.build import archived, build
from gateway.policy.bundle import BundleError, load
from gateway.policy.check import check
from gateway.policy.shipped import baseline
from tests.policy.bundles import run_tests

Make = Callable[..., Path]
RULE = 'package lictor.request\n\ndeny contains {"rule": "a.b", "reason": "N."} if input.exchange.stream\n'
PLAN = 'package lictor.plan\n\ndetectors contains "patterns"\n\nresponse_detectors contains "patterns"\n'
TEST = "package lictor.a_test\n\ntest_x if true\n"

OPA = shutil.which("opa")
with_opa = pytest.mark.skipif(not OPA, reason="there is no `opa` on PATH")


def opa(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    assert OPA
    command = [OPA, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.fixture
def folder(make_bundle: Make) -> Path:
    return make_bundle({"a.rego": RULE, "plan.rego": PLAN, "a_test.rego": TEST}, {"settings": {"x": 1}})


def write(tmp_path: Path, files: dict[str, bytes]) -> Path:
    path = tmp_path / "bundle.tar.gz"
    path.write_bytes(pack(files))
    return path


def packed(folder: Path, tmp_path: Path, **manifest: object) -> Path:
    """An archive of the folder; what is named of the manifest is changed, None is left out."""
    files = dict(build(folder).files)
    value = {**json.loads(files[".manifest"]), **manifest}
    files[".manifest"] = json.dumps({key: v for key, v in value.items() if v is not None}).encode()
    return write(tmp_path, files)


def test_the_archive_has_the_folders_revision_and_content(tmp_path: Path) -> None:
    path = tmp_path / "baseline.tar.gz"
    path.write_bytes(archived(build(baseline())))
    ours, theirs = load(baseline()), load(path)
    assert (theirs.revision, theirs.data, theirs.modules) == (ours.revision, ours.data, ours.modules)
    assert check(path) == []
    assert theirs.root == path


def test_tests_are_left_out(folder: Path, tmp_path: Path) -> None:
    assert [result.passed for result in run_tests(folder)] == [True]
    assert set(build(folder).files) == {".manifest", "a.rego", "data.json", "plan.rego"}
    assert run_tests(packed(folder, tmp_path)) == []


def test_an_archive_that_brings_tests_is_tested(folder: Path, tmp_path: Path) -> None:
    files = {**build(folder).files, "a_test.rego": TEST.encode()}
    assert [result.passed for result in run_tests(write(tmp_path, files))] == [True]


def test_equal_bundles_give_equal_bytes(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(folder, elsewhere, dirs_exist_ok=True)
    (elsewhere / "README.md").write_text("not part of it")
    assert archived(build(folder)) == archived(build(elsewhere))


def test_an_archive_is_built_from_an_archive(folder: Path, tmp_path: Path) -> None:
    assert archived(build(packed(folder, tmp_path))) == archived(build(folder))


def test_the_manifest(folder: Path) -> None:
    manifest = json.loads(build(folder, {"commit": "abc"}).files[".manifest"])
    assert manifest["revision"] == load(folder).revision
    assert manifest["roots"] == ["lictor", "settings"]
    assert manifest["rego_version"] == 1
    assert manifest["metadata"]["commit"] == "abc"
    assert set(manifest["metadata"]["lictor"]) == {"version"}


@pytest.mark.parametrize(
    ("change", "rule", "message"),
    [
        ({"revision": "sha256:" + "0" * 64}, "revision", "the manifest says sha256:0000"),
        ({"roots": ["lictor"]}, "roots", "no root covers `settings/x`"),
        ({"roots": ["lictor/plan", "settings"]}, "roots", "no root covers `lictor/request`"),
        ({"roots": ["lictor", "lictor/plan", "settings"]}, "roots", "`lictor` and `lictor/plan` overlap"),
        ({"roots": ["", "settings"]}, "roots", "`` and `settings` overlap"),
        ({"roots": "lictor"}, "roots", "must be an array"),
        ({"rego_version": 0}, "rego_version", "Rego 1"),
        ({"file_rego_versions": {"/a.rego": 0}}, "rego_version", "Rego 1"),
        ({"wasm": [{"module": "policy.wasm"}]}, "wasm", "no WebAssembly"),
        ({"revision": 7}, "revision", "must be a text"),
        ({"metadata": [1]}, "metadata", "must be an object"),
    ],
)
def test_manifests_that_promise_something_else(
    folder: Path, tmp_path: Path, change: dict[str, object], rule: str, message: str
) -> None:
    path = packed(folder, tmp_path, **change)
    with pytest.raises(BundleError, match=message) as told:
        load(path)
    assert (told.value.file, told.value.rule) == (".manifest", rule)
    assert [complaint.rule for complaint in check(path)] == [rule]


@pytest.mark.parametrize("change", [{"revision": "v1.2"}, {"revision": None}, {"roots": None}])
def test_labels_and_silence_promise_nothing(folder: Path, tmp_path: Path, change: dict[str, object]) -> None:
    assert load(packed(folder, tmp_path, **change)).revision == load(folder).revision


def test_a_changed_rule_breaks_the_promise(folder: Path, tmp_path: Path) -> None:
    files = {**build(folder).files, "a.rego": RULE.replace("deny", "flag").encode()}
    with pytest.raises(BundleError, match="the manifest says"):
        load(write(tmp_path, files))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("helper.py", "bundle"),
        ("data.yaml", "foreign_file"),
        ("x/data.yml", "foreign_file"),
        ("policy.wasm", "foreign_file"),
        ("patch.json", "foreign_file"),
        ("x/.manifest", "foreign_file"),
        ("x/.signatures.json", "foreign_file"),
        ("signatures.json", "foreign_file"),
    ],
)
def test_files_that_opa_would_act_on(folder: Path, tmp_path: Path, name: str, rule: str) -> None:
    with pytest.raises(BundleError) as told:
        load(write(tmp_path, {**build(folder).files, name: b"{}"}))
    assert (told.value.file, told.value.rule) == (name, rule)
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("{}")
    with pytest.raises(BundleError) as told:
        load(folder)
    assert (told.value.file, told.value.rule) == (name, rule)


def test_broken_rules_are_named_inside_the_archive(folder: Path, tmp_path: Path) -> None:
    files = {**build(folder).files, "b.rego": RULE.replace(" if ", " fi ").encode()}
    (complaint,) = check(write(tmp_path, files))
    assert str(complaint).startswith(f"{tmp_path / 'bundle.tar.gz'}/b.rego:3: `deny`: ")


# --- OPA ----------------------------------------------------------------------------------------------------


@with_opa
def test_opa_reads_what_we_build(folder: Path, tmp_path: Path) -> None:
    done = opa("inspect", "--format", "json", packed(folder, tmp_path))
    assert done.returncode == 0, done.stderr
    manifest = json.loads(done.stdout)["manifest"]
    assert manifest["revision"] == load(folder).revision
    assert sorted(manifest["roots"]) == ["lictor", "settings"]
    done = opa("eval", "--format", "raw", "--bundle", tmp_path / "bundle.tar.gz", "data.settings.x")
    assert done.stdout.strip() == "1"


@with_opa
@pytest.mark.parametrize("inside", [True, False])
def test_we_read_what_opa_builds(folder: Path, tmp_path: Path, inside: bool) -> None:
    """From inside its folder names are ours; from outside they begin with the folder's."""
    path = tmp_path / "theirs.tar.gz"
    where = "." if inside else folder.name
    cwd = folder if inside else folder.parent
    done = opa("build", "--bundle", where, "--output", path, "--revision", "v1", cwd=cwd)
    assert done.returncode == 0, done.stderr
    ours, theirs = load(folder), load(path)
    assert theirs.data == ours.data
    assert [module.package for module in theirs.modules] == [module.package for module in ours.modules]
    assert check(path) == []
    assert set(unpack(path.read_bytes())) >= {".manifest", "data.json"}
