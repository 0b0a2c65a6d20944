"""Bad bundles, folders and archives: file, line and rule are named, and the last good revision stays."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.policy.archive import pack
from gateway.policy.authority import Authority
from gateway.policy.build import archived, build
from gateway.policy.bundle import BundleError, load
from gateway.policy.check import check
from gateway.policy.keyring import Key, Keyring, generate
from gateway.policy.reading import contents
from gateway.policy.signing import Trust, sign
from gateway.policy.source import Files

Make = Callable[..., Path]
OPA = shutil.which("opa")

GOOD = 'package lictor.request\n\nflag contains {"rule": "a.b", "reason": "N."} if input.exchange.stream\n'
PLAN = 'package lictor.plan\n\ndetectors contains "patterns"\n\nresponse_detectors contains "patterns"\n'
HEAD = "package lictor.request\n\n"
USES = 'flag contains {"rule": "x.y", "reason": "R."} if limit > 1\n'

BROKEN = {
    "syntax": ({"b.rego": HEAD + "deny contains {{\n"}, "b.rego:4: `deny`"),
    "conflicting rules": ({"b.rego": f"{HEAD}limit := 1\n\nlimit := 2\n\n{USES}"}, "b.rego:5: `limit`"),
    "recursion": ({"b.rego": f"{HEAD}a := b\n\nb := a\n"}, "b.rego:3: `a`"),
    "recursive function": ({"b.rego": f"{HEAD}f(x) := f(x + 1)\n\n{USES}limit := f(1)\n"}, "b.rego:3: `f`"),
    "recursion through data": (
        {"b.rego": f"{HEAD}a := data.lictor[input.exchange.model].a\n"},
        "b.rego:3: `a`",
    ),
    "brackets": ({"b.rego": f"{HEAD}x := 1\n\ny := {'[' * 60}{']' * 60}\n"}, "b.rego:5: `y`"),
    "parentheses": ({"b.rego": f"{HEAD}x := 1\n\ny := {'(' * 400}1{')' * 400}\n"}, "b.rego:5: `y`"),
    "document in a rule's place": (
        {"b/data.json": "{}", "data.json": '{"lictor": {"request": {"flag": []}}}'},
        "a.rego:3: `flag`",
    ),
    "document above a rule": ({"data.json": '{"lictor": {"request": 7}}'}, "a.rego:3: `flag`"),
    "no JSON": ({"x/data.json": '{\n"a": 1,\n}'}, "x/data.json:2: `data`"),
    "deep document": ({"data.json": '{"x":' * 101 + "1" + "}" * 101}, "data.json:1: `data`"),
    "very deep document": (
        {"data.json": '{"x":' + "[" * 100_000 + "]" * 100_000 + "}"},
        "data.json:1: `data`",
    ),
    "deep folders": ({"d/" * 100 + "data.json": '{"x": 1}'}, "d/" * 100 + "data.json:1: `data`"),
    "huge number": ({"data.json": '{"x": 1e999}'}, "data.json:1: `data`"),
    "huge document": ({"x/data.json": json.dumps({"x": "y" * 5_000_000})}, "x/data.json:1: `too_large`"),
}


@pytest.fixture
def good(make_bundle: Make) -> Path:
    return make_bundle({"bundle/a.rego": GOOD, "bundle/plan.rego": PLAN}) / "bundle"


def spoil(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.mark.parametrize("what", BROKEN)
def test_a_folder(good: Path, what: str) -> None:
    files, place = BROKEN[what]
    authority = Authority(good)
    spoil(good, files)
    found = check(good)
    assert str(found[0]).startswith(f"{good}/{place}: ")
    with pytest.raises(ConfigError, match=":"):
        Authority(good)
    report = authority.reload()
    assert not report.accepted
    assert report.reason.startswith(f"{good}/{place}: ")
    assert report.revision == report.previous == authority.revision


@pytest.mark.parametrize("what", BROKEN)
def test_an_archive(good: Path, tmp_path: Path, what: str) -> None:
    files, place = BROKEN[what]
    path = tmp_path / "bundle.tar.gz"
    path.write_bytes(archived(build(good)))
    authority = Authority(path)
    whole = {**build(good).files, **{name: text.encode() for name, text in files.items()}}
    whole.pop(".manifest")
    path.write_bytes(pack(whole))
    assert authority.changed()
    report = authority.reload()
    assert not report.accepted
    # What is too large inside an archive is refused before its name is read.
    assert report.reason.startswith(f"{path}/{place}: ") or ("huge" in what and "`bomb`" in report.reason)
    assert report.revision == report.previous == authority.revision
    path.write_bytes(archived(build(good)))
    assert authority.reload().accepted


@pytest.mark.skipif(not OPA, reason="there is no `opa` on PATH")
@pytest.mark.parametrize("what", ["document in a rule's place", "recursion", "recursive function", "syntax"])
def test_opa_refuses_them_too(good: Path, what: str) -> None:
    assert OPA
    spoil(good, BROKEN[what][0])
    command = [OPA, "eval", "--bundle", str(good), "data.lictor.plan"]
    assert subprocess.run(command, capture_output=True, check=False).returncode


def test_brackets_in_texts_and_comments_do_not_count(good: Path) -> None:
    text = '"' + "[" * 50 + '\\"[["'
    spoil(good, {"b.rego": f"{HEAD}x := {text}\n\n# {'{' * 50}\ny := `{'[' * 50}\n{'{' * 50}`\n"})
    assert len(load(good).modules) == 3


def test_a_document_beside_rules(good: Path) -> None:
    spoil(good, {"data.json": '{"lictor": {"request": {"limit": {"a": 1}}, "lists": {"x": []}}}'})
    assert load(good).data
    spoil(good, {"b.rego": f"{HEAD}lists.x := 2\n"})
    assert load(good).data
    spoil(good, {"b.rego": f"{HEAD}limit[x] := 2 if some x in [1]\n"})
    with pytest.raises(BundleError, match=r"b\.rego:3: `limit`"):
        load(good)


# --- signatures -----------------------------------------------------------------------------------------

KEY = generate("EdDSA")
NOW = 1_800_000_000_000


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.mark.parametrize(
    ("change", "file", "rule"),
    [
        ("rule", "a.rego", "file_changed"),
        ("new file", "new.rego", "file_not_signed"),
        ("less", "a.rego", "file_missing"),
        ("unsigned", ".signatures.json", "unsigned"),
        ("stranger", ".signatures.json", "key_unknown"),
        ("forger", ".signatures.json", "signature_wrong"),
        ("late", ".signatures.json", "key_expired"),
        ("early", ".signatures.json", "key_not_yet_valid"),
    ],
)
def test_signed_folders(good: Path, change: str, file: str, rule: str) -> None:
    signatures, clock = good / ".signatures.json", Clock()
    signatures.write_bytes(sign(contents(good).files, KEY, "one"))
    key = Key("one", KEY.public_key(), not_before_ms=NOW - 1000, not_after_ms=NOW + 1000)
    authority = Authority(Files(good, Trust(Keyring.of([key], skew_ms=60_000), clock=clock)))
    assert authority.key == "one"
    assert not authority.changed()
    match change:
        case "rule":
            (good / "a.rego").write_text(GOOD.replace("N.", "M."))
        case "new file":
            (good / "new.rego").write_text("package lictor.new\n")
        case "less":
            (good / "a.rego").rename(good / "a.txt")
        case "unsigned":
            signatures.unlink()
        case "stranger":
            signatures.write_bytes(sign(contents(good).files, KEY, "two"))
        case "forger":
            signatures.write_bytes(sign(contents(good).files, generate("EdDSA"), "one"))
        case "late":
            clock.now += 62_000
        case "early":
            clock.now -= 62_000
    assert authority.changed() == (change not in {"late", "early"})
    report = authority.reload()
    assert (report.accepted, report.revision, report.key) == (False, report.previous, "one")
    assert (report.complaints[0].file, report.complaints[0].rule) == (f"{good}/{file}", rule)


def test_a_new_signature_is_a_change(good: Path) -> None:
    ring = Keyring.of([Key("one", KEY.public_key()), Key("two", KEY.public_key())])
    signatures = good / ".signatures.json"
    signatures.write_bytes(sign(contents(good).files, KEY, "one"))
    authority = Authority(Files(good, Trust(ring)))
    signatures.write_bytes(sign(contents(good).files, KEY, "two", scope=""))
    assert authority.changed()
    report = authority.reload()
    assert (report.accepted, report.key, report.revision) == (True, "two", report.previous)


def test_a_manifest_is_a_change(good: Path) -> None:
    authority = Authority(good)
    (good / ".manifest").write_text('{"roots": ["lictor/plan"]}')
    assert authority.changed()
    report = authority.reload()
    assert str(report.complaints[0]).startswith(
        f"{good}/.manifest:1: `roots`: no root covers `lictor/request`"
    )
    (good / ".manifest").write_text('{"roots": ["lictor"]}')
    assert authority.changed()
    assert authority.reload().accepted


def test_an_unsigned_bundle_at_start(good: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.signatures\.json:1: `unsigned`"):
        Authority(Files(good, Trust(Keyring.of([Key("one", KEY.public_key())]))))
