"""Verify an evidence bundle with nothing but Python: digests, signature, proofs, the root over the whole
log, and the policy bundles that decided.

Usage: python3 verify.py [KEY], in the unpacked folder; KEY is the log's public key, from elsewhere.
Exit codes: 0 everything holds, 1 something does not, 2 wrong usage.

It follows RFC 6962 (tree), RFC 8032 (Ed25519), c2sp.org/signed-note, tlog-checkpoint, tlog-tiles and
tlog-proof.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

Point = tuple[int, int, int, int]

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def fail(text: str) -> NoReturn:
    """Stop with a reason."""
    raise ValueError(text)


# -- Ed25519, RFC 8032 section 5.1 ---------------------------------------------------------------


def add(a: Point, b: Point) -> Point:
    """The sum of two points in extended coordinates."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    w, x, y, z = f - e, h - g, h + g, f + e
    return (w * x % P, y * z % P, x * y % P, w * z % P)


def times(number: int, point: Point) -> Point:
    """A multiple of a point."""
    sum_ = (0, 1, 1, 0)
    while number:
        if number & 1:
            sum_ = add(sum_, point)
        point = add(point, point)
        number >>= 1
    return sum_


def point_of(data: bytes) -> Point:
    """Decode a point; fails when there is none."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        fail("not a point")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        fail("not a point")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


BASE = point_of(bytes.fromhex("58" + "66" * 31))


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature of the message is the key's."""
    if len(public) != 32 or len(signature) != 64:
        return False
    try:
        key, first = point_of(public), point_of(signature[:32])
    except ValueError:
        return False
    number = int.from_bytes(signature[32:], "little")
    if number >= L:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    left, right = times(number, BASE), add(first, times(int.from_bytes(digest, "little") % L, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % P == 0


# -- notes and checkpoints -----------------------------------------------------------------------


@lru_cache(maxsize=16)
def opened(note: str, vkey: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint that the key signed."""
    name, key_hash, key = (*vkey.strip().split("+", 2), "", "")[:3]
    raw = base64.b64decode(key)
    if raw[:1] != b"\x01" or hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() != key_hash:
        fail(f"not a key (name+hash+base64), or not what its own hash says: {vkey.strip()[:80]}")
    text, _, signatures = note.partition("\n\n")
    message = (text + "\n").encode()
    for line in signatures.splitlines():
        dash, who, data = line.split(" ")
        found = base64.b64decode(data)
        if (
            dash == "\u2014"
            and who == name
            and found[:4].hex() == key_hash
            and signed(raw[1:], message, found[4:])
        ):
            origin, size, root = text.split("\n")[:3]
            if origin != name:
                fail("the checkpoint is of another log")
            return origin, int(size), base64.b64decode(root)
    fail("no signature of this key")


# -- the tree ------------------------------------------------------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    """An inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def proven(leaf: bytes, proof: str, vkey: str) -> int:
    """The index that a record is proven to have; fails when the proof does not hold (RFC 9162, 2.1.3.2)."""
    head, _, note = proof.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != "c2sp.org/tlog-proof@v1":
        fail("not a proof")
    lines = [line for line in lines[1:] if not line.startswith("extra ")]
    index = int(lines[0].split(" ")[1])
    _, size, root = opened(note, vkey)
    if index >= size:
        fail("the entry is beyond the checkpoint")
    at, last, digest = index, size - 1, hashlib.sha256(b"\x00" + leaf).digest()
    for line in lines[1:]:
        step = base64.b64decode(line)
        if not last:
            fail("the proof is too long")
        if at & 1 or at == last:
            digest = node(step, digest)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            digest = node(digest, step)
        at, last = at >> 1, last >> 1
    if last or digest != root:
        fail("the proof does not lead to the signed root")
    return index


def tile(level: str, number: int) -> str:
    """The path of an entry bundle (level ``entries``) or of a tile of hashes."""
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.insert(0, f"x{number % 1000:03d}")
    return f"tile/{level}/" + "/".join(parts)


def bundle(log: Path, number: int, size: int) -> bytes | None:
    """The bytes of an entry bundle; None when it is not there."""
    wide = min(256, size - number * 256)
    path = log / tile("entries", number)
    partial = path.with_name(f"{path.name}.p") / str(wide)
    found = next((file for file in (partial, path) if file.is_file()), None)
    return found.read_bytes() if found else None


def pruned(log: Path, size: int) -> dict[str, Any]:
    """The newest record of a pruning, where the log's beginning is missing; else one that says 0.

    It is an entry like any other: whoever made entries away would have to forge the signed root to write it.
    """
    said: dict[str, Any] = {"minimum": 0, "boots": []}
    claimed = log / "minimum"
    if not claimed.is_file() and (not size or bundle(log, 0, size) is not None):
        return said
    for number in range(-(-size // 256)):
        data = bundle(log, number, size)
        if data is None or b'"type":"retention"' not in data:
            continue
        for index, leaf in enumerate(split(data, min(256, size - number * 256)), number * 256):
            record = json.loads(leaf) if b'"type":"retention"' in leaf else {}
            if record.get("type") == "retention" and record["minimum"] <= index:
                said = record
    if claimed.is_file() and claimed.read_text("utf-8").strip() != str(said["minimum"]):
        fail("the file minimum is not what the last retention record says")
    return said


def hashes(log: Path, size: int, minimum: int) -> Iterator[tuple[bytes, bytes | None]]:
    """The leaf hash of every entry of a whole log, in order, and the entry unless it was pruned."""
    for number in range(-(-size // 256)):
        data, kept = bundle(log, number, size), log / tile("0", number)
        if data is not None:
            for leaf in split(data, min(256, size - number * 256)):
                yield hashlib.sha256(b"\x00" + leaf).digest(), leaf
        elif (number + 1) * 256 > minimum:
            fail(f"entries from {number * 256} on are missing, and no record says that they were pruned")
        else:
            digests = kept.read_bytes()
            yield from ((digests[at * 32 : at * 32 + 32], None) for at in range(256))


def split(data: bytes, wide: int) -> Iterator[bytes]:
    """The entries of a bundle."""
    at = 0
    for _ in range(wide):
        long = int.from_bytes(data[at : at + 2], "big")
        if at + 2 + long > len(data):
            fail("a bundle ends inside an entry")
        yield data[at + 2 : at + 2 + long]
        at += 2 + long


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over the hashes of all entries."""
    stack: list[bytes] = []
    for count, leaf in enumerate(leaves):
        digest, number = leaf, count
        while number & 1:
            digest, number = node(stack.pop(), digest), number >> 1
        stack.append(digest)
    digest = stack.pop() if stack else hashlib.sha256().digest()
    while stack:
        digest = node(stack.pop(), digest)
    return digest


# -- the bundle ----------------------------------------------------------------------------------


def check_sums(folder: Path) -> str:
    """Every file is there, unchanged, and nothing else is."""
    lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    found -= {"SHA256SUMS"}
    changed = [
        name
        for name in listed.keys() & found
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != listed[name]
    ]
    wrong = (
        ("not what SHA256SUMS says", changed),
        ("in SHA256SUMS, but missing", listed.keys() - found),
        ("not in SHA256SUMS", found - listed.keys()),
    )
    if said := [f"{what}: {', '.join(sorted(names))}" for what, names in wrong if names]:
        fail("; ".join(said))
    return f"{len(listed)} files are what SHA256SUMS says"


def check_records(folder: Path, vkey: str) -> str:
    """Every record is proven, and the report names no other leaf for it."""
    report = json.loads((folder / "report.json").read_text("utf-8"))
    named = {(ref["index"], ref["leaf"]) for ref in refs(report)}
    proofs = sorted((folder / "proofs").glob("*.tlog-proof"))
    done: dict[int, str] = {}
    for path in proofs:
        leaf = (folder / "records" / f"{path.stem}.json").read_bytes()
        try:
            index = proven(leaf, path.read_text("utf-8"), vkey)
        except (ValueError, IndexError) as error:
            fail(f"record {path.stem}: {error}")
        if index != int(path.stem):
            fail(f"{path.name} is the proof of another entry")
        done[index] = hashlib.sha256(b"\x00" + leaf).hexdigest()
    for index, leaf in sorted(named):
        if done.get(index) != leaf:
            fail(f"the report refers to entry {index}, which is not proven here")
    return f"{len(done)} records are proven; the report refers to {len(named)} of them"


def refs(value: object) -> Iterator[dict[str, Any]]:
    """All references of a report."""
    if isinstance(value, dict):
        if set(value) == {"index", "leaf"}:
            yield value
        for item in value.values():
            yield from refs(item)
    elif isinstance(value, list):
        for item in value:
            yield from refs(item)


def check_log(folder: Path, vkey: str) -> str:
    """The signed root is the root over all entries, and the runs of each process have no gaps."""
    try:
        origin, size, root = opened((folder / "log" / "checkpoint").read_text("utf-8"), vkey)
    except ValueError as error:
        fail(f"log/checkpoint: {error}")
    if not (folder / "log" / "tile").is_dir():
        return (
            f"checkpoint of {origin}, {size} entries, signed by the key; the log itself is not in this bundle"
        )
    gone = pruned(folder / "log", size)
    leaves = list(hashes(folder / "log", size, gone["minimum"]))
    if root_of(digest for digest, _ in leaves) != root:
        fail("the entries do not have the signed root")
    check_second(folder / "log.signed", vkey, [digest for digest, _ in leaves])
    due: dict[tuple[str, str], int] = {(one["node"], one["boot"]): one["next"] for one in gone["boots"]}
    for index, (_, leaf) in enumerate(leaves):
        if index < gone["minimum"] or leaf is None:
            continue
        record = json.loads(leaf)
        run = record["node"], record["boot"]
        if record["seq"] != due.get(run, 0):
            fail(f"entry {index}: number {record['seq']} of run {run[1]} where {due.get(run, 0)} was due")
        due[run] = record["seq"] + 1
    said = f" (those below {gone['minimum']} were pruned, as the log says)" if gone["minimum"] else ""
    return f"{size} entries of {origin} have the signed root{said}, and no run has a gap"


def check_second(copy: Path, vkey: str, leaves: list[bytes]) -> None:
    """The second copy of the checkpoint, where there is one, has seen no other log and no longer one."""
    if not copy.is_file():
        return
    try:
        _, size, root = opened(copy.read_text("utf-8"), vkey)
    except ValueError as error:
        fail(f"log.signed: {error}")
    if size > len(leaves):
        fail(f"log.signed is of {size} entries, the checkpoint of {len(leaves)}: the end is missing")
    if root_of(leaves[:size]) != root:
        fail(f"log.signed is of another history: the first {size} entries do not have its root")


def check_policies(folder: Path, _: str) -> str:
    """The sources of each policy bundle have the digest that it goes by, and which that decided are here."""
    here = sorted(path for path in (folder / "policies").glob("*") if path.is_dir())
    for path in here:
        if revision(sources(path)) != path.name:
            fail(f"policies/{path.name}: these sources have another digest: changed or replaced")
    held = {f"sha256:{path.name}" for path in here}
    absent = sorted(revisions(folder) - held)
    said = f"policy bundles: {len(here)} here, each with the digest that decisions name"
    return (
        f"{said}; NOT here, known by digest only: {', '.join(absent)}" if absent else f"{said}; none missing"
    )


def sources(root: Path) -> dict[str, bytes]:
    """The files of a policy bundle that decide: all but tests."""
    files = (path for path in root.rglob("*") if path.is_file() and not path.name.endswith("_test.rego"))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def revision(files: Mapping[str, bytes]) -> str:
    """The digest over paths and contents, each behind its length, in the order of paths."""
    digest = hashlib.sha256()
    for name, body in sorted(files.items()):
        for part in (name.encode(), body):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def revisions(folder: Path) -> set[str]:
    """The policy revisions that the records say decided."""
    read = (json.loads(path.read_bytes()) for path in (folder / "records").glob("*.json"))
    found = {record.get("decision", {}).get("revision", "") for record in read}
    return found - {""}


def checked(folder: Path, vkey: str) -> int:
    """Run every check, also after one that failed, and say what came of it; returns how many failed."""
    failed = 0
    for check in (lambda folder, _: check_sums(folder), check_log, check_records, check_policies):
        try:
            said = f"ok     {check(folder, vkey)}\n"
        except (ValueError, LookupError, OSError, TypeError, AttributeError) as error:
            failed, said = failed + 1, f"FAILED {error}\n"
        sys.stdout.write(said)
    return failed


def main() -> int:
    """Check the folder that this script lies in."""
    folder, given = Path(__file__).resolve().parent, sys.argv[1:]
    if len(given) > 1 or given[:1] in (["-h"], ["--help"]):
        sys.stdout.write(f"{(__doc__ or '').strip()}\n")
        return 2 if len(given) > 1 else 0
    found = folder / "log" / "vkey"
    if not given and not found.is_file():
        sys.stdout.write("FAILED there is no key in this bundle: name the log's public key\n")
        return 1
    if checked(folder, given[0] if given else found.read_text("utf-8")):
        return 1
    if not given:
        sys.stdout.write("note   the key is the one in this bundle: compare it with one from elsewhere\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
