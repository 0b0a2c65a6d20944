"""The verifier page: in a real browser, on logs and proofs that are right, and on ones that are not."""

import base64
import hashlib
import re
import shutil
import string
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random

import pytest

from gateway.audit.canonical import encode
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.evidence import proofs
from gateway.audit.keys import Signer
from gateway.audit.reader import entry
from gateway.audit.tiles import Edge
from gateway.audit.verifier import page
from tests.audit.browser import Page, opened, program
from tests.audit.test_trust import HEAD as WITNESSES
from tests.audit.test_trust import cosignature

SIGNER = Signer.generate("example.org/page/log")
SIZE = 600
needs_browser = pytest.mark.skipif(program() is None, reason="no browser here: make browser")


def record(seq: int, kind: str = "bundle", **more: object) -> bytes:
    return encode({"v": 1, "node": "n", "boot": "b", "seq": seq, "ts": 1000 + seq, "type": kind, **more})


def written(path: Path, entries: list[bytes], *, steps: int = 3) -> Path:
    """A log of these entries, with a checkpoint for each step."""
    edge = Edge()
    (path / "anchors").mkdir(parents=True)
    for at in range(steps):
        grown, files = edge.grow(entries[len(entries) * at // steps : len(entries) * (at + 1) // steps])
        edge = grown
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
        signed = SIGNER.sign(Checkpoint(SIGNER.name, edge.size, edge.root).text)
        (path / f"anchors/{edge.size:015d}.note").write_text(signed)
        (path / "checkpoint").write_text(signed)
    (path / "vkey").write_text(SIGNER.vkey)
    return path


def trail() -> list[bytes]:
    decision = {
        "phase": "request",
        "answer": "deny",
        "mode": "enforce",
        "revision": "sha256:00",
        "verdicts": [{"effect": "deny", "rule": "house.rule", "reason": "Not <b>here</b>, né?"}],
    }
    first = [record(0, "open"), record(1, "decision", exchange="lx-1", decision=decision)]
    first.append(record(2, "outcome", exchange="lx-1", outcome={"status": 400, "ending": "denied"}))
    return [*first, *(record(at) for at in range(3, SIZE - 1)), record(SIZE - 1, "close")]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("page") / "log", trail())


@pytest.fixture
def copy(log: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(log, tmp_path / "log"))


@pytest.fixture
def proof(log: Path, tmp_path: Path) -> Path:
    path = tmp_path / "lx-1.tlog-proof"
    path.write_text(proofs(log, "1")["entry-1.tlog-proof"])
    return path


@pytest.fixture
async def verifier(tmp_path: Path) -> AsyncIterator[Page]:
    path = tmp_path / "verifier.html"
    path.write_bytes(page())
    async with opened(path) as browser:
        await browser.until("document.body?.dataset.ready === 'yes'")
        yield browser


async def judged(
    browser: Page, *paths: Path, key: str = SIGNER.vkey, into: str = "#files"
) -> tuple[str, str]:
    """The verdict's class, and all that the page then says."""
    await browser.evaluate(f"document.getElementById('key').value = {key!r}")
    await browser.evaluate("document.getElementById('verdict').className = ''")
    await browser.choose(into, paths)
    await browser.until("['good', 'bad'].includes(document.getElementById('verdict').className)")
    kind = await browser.evaluate("document.getElementById('verdict').className")
    return kind, await browser.evaluate("document.body.innerText")


# --- the file itself ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["script", "style"])
def test_its_policy_allows_this_text_and_no_other(tag: str) -> None:
    text = page().decode()
    (inside,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
    assert f"{tag}-src 'sha256-{digest}'" in text, f"the {tag} changed: its sum is sha256-{digest}"


def test_it_asks_for_nothing() -> None:
    text = page().decode()
    assert "default-src 'none'" in text
    assert not re.findall(r"(?:src|href)\s*=|https?://|innerHTML|\beval\b|fetch\(", text)


# --- in a browser ------------------------------------------------------------------------------------------


@needs_browser
async def test_an_intact_log(verifier: Page, log: Path) -> None:
    kind, told = await judged(verifier, log, into="#folder")
    assert kind == "good", told
    for words in (f"{SIZE} entries", "as you gave it", "consistent", "without gaps", "the tiles are what"):
        assert words in told
    assert "no outcome" not in told
    requests = [
        one["params"]["request"]["url"]
        for one in verifier.events
        if one["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


@needs_browser
async def test_an_intact_proof_and_its_record_in_words(verifier: Page, proof: Path) -> None:
    kind, told = await judged(verifier, proof)
    assert kind == "good", told
    for words in (
        "the record below is in the log",
        "entry 1 of the log",
        "deny by house.rule: Not <b>here</b>, né?",
        "policy sha256:00",
    ):
        assert words in told


@needs_browser
async def test_a_proof_with_its_record_in_a_file(verifier: Page, proof: Path, log: Path) -> None:
    beside = proof.with_name("record.json")
    beside.write_bytes(entry(log, 1))
    assert (await judged(verifier, proof, beside))[0] == "good"


def everything(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@needs_browser
async def test_an_evidence_zip(verifier: Page, proof: Path, copy: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "evidence.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(proof, "proofs/lx-1.tlog-proof")
        archive.writestr(zipfile.ZipInfo("README.txt"), "read me")
        for file in everything(copy):
            archive.write(file, f"log/{file.relative_to(copy)}")
    kind, told = await judged(verifier, tmp_path / "evidence.zip", key="")
    assert kind == "good", told
    assert "by a key that came with the files" in told
    assert "Proven by nothing here" in told
    assert "README.txt" in told
    assert "entry 1 of the log" in told
    assert "without gaps" in told


def flipped(path: Path, at: int) -> Path:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    return path


@needs_browser
async def test_one_bit_of_a_record(verifier: Page, proof: Path, log: Path) -> None:
    beside = proof.with_name("lx-1.json")
    beside.write_bytes(entry(log, 1))
    kind, told = await judged(verifier, proof, flipped(beside, 40))
    assert (kind, "does not lead from lx-1.json" in told) == ("bad", True), told


Change = Callable[[Path], object]


def swapped(log: Path) -> None:
    other = written(log.parent / "other", [*trail()[:-1], record(SIZE - 1, "close", more=1)])
    shutil.copy(other / "checkpoint", log / "checkpoint")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-70])


@needs_browser
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda log: flipped(log / "tile/entries/001", 5000), "do not have the root signed"),
        (
            lambda log: flipped(log / "tile/0/000", 3 * 32),
            "tile/0/000 differs from the tree at hash 3, entry 3",
        ),
        (lambda log: flipped(log / "checkpoint", 25), "checkpoint: "),
        (lambda log: cut(log / "tile/entries/002.p/88"), "tile/entries/002.p/88"),
        (lambda log: (log / "tile/entries/001").unlink(), "tile/entries/001 is missing"),
        (swapped, "checkpoint: the entries do not have the root signed for size 600"),
    ],
    ids=["entry", "tile", "checkpoint", "truncated", "missing", "swapped"],
)
async def test_a_log_that_was_tampered_with(verifier: Page, copy: Path, change: Change, words: str) -> None:
    change(copy)
    kind, told = await judged(verifier, copy, into="#folder")
    assert (kind, words in told) == ("bad", True), told


@needs_browser
async def test_a_fork_shows_without_the_log(verifier: Page, copy: Path, tmp_path: Path) -> None:
    forked = tmp_path / "forked.note"
    forked.write_text(SIGNER.sign(Checkpoint(SIGNER.name, SIZE, bytes(32)).text))
    earlier = copy / "anchors/000000000000400.note"
    kind, told = await judged(verifier, copy / "checkpoint", earlier)
    assert (kind, "neither a record nor a log" in told) == ("good", True), told
    kind, told = await judged(verifier, copy / "checkpoint", earlier, forked)
    assert (kind, "the log was forked" in told) == ("bad", True), told


@needs_browser
async def test_wrong_keys(verifier: Page, log: Path, proof: Path) -> None:
    other = Signer.generate(SIGNER.name).vkey
    for paths, into in (((log,), "#folder"), ((proof,), "#files")):
        kind, told = await judged(verifier, *paths, key=other, into=into)
        assert (kind, "not signed by this key" in told) == ("bad", True), told
    name, _, material = SIGNER.vkey.split("+", 2)
    for wrong in ("nonsense", f"{name}+00000000+{material}"):
        assert "cannot be used" in (await judged(verifier, proof, key=wrong))[1]
    assert "Paste the log's public key" in (await judged(verifier, proof, key=""))[1]


@needs_browser
async def test_a_truncated_proof(verifier: Page, proof: Path) -> None:
    cut(proof)
    assert (await judged(verifier, proof))[0] == "bad"


def respelt(proof: Path) -> Path:
    """The same bytes in base64 that no encoder writes: the bits that pad the last hash letter are set."""
    lines = proof.read_text().split("\n")
    letters = f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}+/"
    lines[3] = f"{lines[3][:-2]}{letters[letters.index(lines[3][-2]) + 1]}="
    proof.write_text("\n".join(lines))
    return proof


@needs_browser
async def test_one_proof_has_one_spelling(verifier: Page, proof: Path) -> None:
    kind, told = await judged(verifier, respelt(proof))
    assert (kind, "not canonical base64" in told) == ("bad", True), told


@needs_browser
async def test_one_record_has_one_spelling(verifier: Page, tmp_path: Path) -> None:
    entries = [record(0, "open"), record(1).replace(b'"seq":1', b'"seq":1.0')]
    kind, told = await judged(verifier, written(tmp_path / "spelt", entries, steps=1), into="#folder")
    assert (kind, "entry 1: not a record: not in canonical form" in told) == ("bad", True), told


@needs_browser
async def test_gaps_and_unmatched_decisions(verifier: Page, tmp_path: Path) -> None:
    entries = [record(0, "open"), record(1, "decision", exchange="lx-9"), record(3)]
    kind, told = await judged(verifier, written(tmp_path / "gap", entries, steps=1), into="#folder")
    assert kind == "bad"
    assert "number 3 of boot b where 2 was due" in told
    assert "lx-9 has no outcome" in told
    assert "no close record" in told


@needs_browser
async def test_a_quorum_of_witnesses(verifier: Page, copy: Path) -> None:
    policy = re.sub(r"^log .*\n", f"log {SIGNER.vkey}\n", WITNESSES)
    policy += "group g 2 w1 w2 w3\nquorum g\n"
    kind, told = await judged(verifier, copy, key=policy, into="#folder")
    assert (kind, "not met by any checkpoint" in told) == ("bad", True), told
    note = copy / "anchors/000000000000400.note"
    signed = note.read_text()
    newest = (copy / "checkpoint").read_text()
    note.write_text(
        signed + cosignature("w1", newest, 1_700_000_000) + cosignature("w3", newest, 1_700_000_001)
    )
    assert "not met by any checkpoint" in (await judged(verifier, copy, key=policy, into="#folder"))[1]
    note.write_text(
        signed + cosignature("w1", signed, 1_700_000_000) + cosignature("w3", signed, 1_700_000_001)
    )
    kind, told = await judged(verifier, copy, key=policy, into="#folder")
    assert kind == "good", told
    assert "met up to entry 399" in told
    assert "cosigned by witness w3 at 2023-11-14T22:13:21Z" in told


@needs_browser
async def test_files_and_folders_are_dropped(verifier: Page, proof: Path, log: Path) -> None:
    await verifier.evaluate(f"document.getElementById('key').value = {SIGNER.vkey!r}")
    place = {"x": 300, "y": 300}
    data = {"items": [], "files": [str(proof), str(log)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        await verifier.call("Input.dispatchDragEvent", type=kind, data=data, **place)
    await verifier.until("document.getElementById('verdict').className === 'good'")
    told = await verifier.evaluate("document.body.innerText")
    assert "entry 1 of the log" in told
    assert "without gaps" in told


@needs_browser
async def test_any_flipped_byte_in_any_file_is_noticed(verifier: Page, copy: Path) -> None:
    """As the command line's verifier is tested, with fewer examples: a browser takes its time."""
    (copy / "vkey").unlink()
    files = [path for path in everything(copy) if path.is_file()]
    chosen = Random(5)
    for _ in range(20):
        file = chosen.choice(files)
        at = chosen.randrange(file.stat().st_size)
        flipped(file, at)
        kind, told = await judged(verifier, copy, into="#folder")
        assert kind == "bad", (file, at, told)
        flipped(file, at)
    assert (await judged(verifier, copy, into="#folder"))[0] == "good"


@needs_browser
async def test_a_browser_without_ed25519_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "verifier.html"
    path.write_bytes(page())
    async with opened(path) as browser:
        lacking = (
            "crypto.subtle.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'))"
        )
        await browser.call("Page.addScriptToEvaluateOnNewDocument", source=lacking)
        await browser.call("Page.reload")
        told = await browser.until("document.getElementById('verdict')?.textContent")
    assert "This browser cannot verify Ed25519" in told
