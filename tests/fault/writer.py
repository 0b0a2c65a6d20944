"""A writer under load, to be killed. Prints ``<boot> <seq> <number>`` of every acknowledged append."""

import asyncio
import sys
from itertools import count
from pathlib import Path

from gateway.audit.keys import Signer
from gateway.audit.log import AuditLog


async def main(folder: Path) -> None:
    signer = Signer.load_or_create(folder / "log.key", "example.org/kill")
    log = AuditLog.open(folder / "log", origin=signer.name, signer=signer, node="n", interval=0.02)
    numbers = count()

    async def work() -> None:
        for number in numbers:
            receipt = await log.append({"type": "bundle", "number": number, "pad": "x" * 300})
            sys.stdout.write(f"{receipt.boot} {receipt.seq} {number}\n")
            sys.stdout.flush()

    await asyncio.gather(*(work() for _ in range(8)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
