"""A writer under load, to be killed. Prints ``<boot> <seq> <number>`` of every acknowledged append."""

import asyncio
import itertools
import sys
from pathlib import Path

from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.log import AuditLog
from gateway.audit.stores.opening import FILES, open_store


async def main(folder: Path, location: str = FILES, count: str = "") -> None:
    """Write to the log at a location for ever, or *count* records and close."""
    signer = Signer.load_or_create(folder / "log.key", "example.org/kill")
    store = open_store(location, Layout(folder / "log"))
    log = AuditLog.open(
        folder / "log", origin=signer.name, signer=signer, node="n", interval=0.02, store=store
    )
    numbers = iter(range(int(count))) if count else itertools.count()

    async def work() -> None:
        for number in numbers:
            receipt = await log.append({"type": "bundle", "number": number, "pad": "x" * 300})
            sys.stdout.write(f"{receipt.boot} {receipt.seq} {number}\n")
            sys.stdout.flush()

    await asyncio.gather(*(work() for _ in range(8)))
    await log.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
