"""A log out of records, written at once: for tests and benches that need a past."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gateway.audit.canonical import encode
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.tiles import Edge

ORIGIN = "lictor.test/log"


def write_log(path: Path, records: Iterable[Mapping[str, Any]], origin: str = ORIGIN) -> str:
    """Publish ``records`` as one boot of one node, signed by a new key; returns the verifier key.

    A record's own ``ts`` stands, so that a past of many days can be written in a second.
    """
    signer, layout = Signer.generate(origin), Layout(path)
    opened = {"type": "open", "origin": origin, "process": 0}
    entries = [
        encode({"v": 1, "node": "n1", "boot": "b1", "seq": seq, "ts": 0, **record})
        for seq, record in enumerate([opened, *records])
    ]
    edge, files = Edge().grow(entries)
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    layout.checkpoint.write_text(signer.sign(Checkpoint(origin, edge.size, edge.root).text), "utf-8")
    (path / "vkey").write_text(signer.vkey + "\n", "utf-8")
    return signer.vkey
