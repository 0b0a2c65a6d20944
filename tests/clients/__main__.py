"""Run the matrix and write its page: ``python -m tests.clients``.

Exit code 1 where a cell is not green.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.clients.clients import CLIENTS, PAGE
from tests.clients.judging import verdicts
from tests.clients.page import page
from tests.clients.running import run


def main() -> int:
    if missing := {client.missing() for client in CLIENTS} - {""}:
        sys.stderr.write(f"not installed: {', '.join(sorted(missing))}; `make clients` installs them\n")
        return 1
    with TemporaryDirectory() as folder:
        wrong = verdicts(run(Path(folder)), CLIENTS)
    PAGE.write_text(page(wrong))
    for (client, situation), complaints in wrong.items():
        for complaint in complaints:
            sys.stderr.write(f"{client}, {situation}: {complaint}\n")
    green = sum(not complaints for complaints in wrong.values())
    sys.stdout.write(f"{green} of {len(wrong)} cells are green; written: {PAGE}\n")
    return 0 if green == len(wrong) else 1


if __name__ == "__main__":
    sys.exit(main())
