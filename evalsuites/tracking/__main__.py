"""Tells one run to one platform, in a process that can be ended: ``python -m evalsuites.tracking``.

The first line of its input is what to do, as JSON; the last line of its output is where the run went.
"""

import json
import sys
from pathlib import Path

from evalsuites.tracking.platforms import exporter
from evalsuites.tracking.record import tracked


def main() -> None:
    """Do what the first line of standard input asks."""
    asked = json.loads(sys.stdin.readline())
    suites = Path(asked["suites"]) if asked["suites"] else None
    run = tracked(Path(asked["folder"]), content=asked["content"], suites=suites)
    print(exporter(asked["platform"])(run))  # noqa: T201 - what the parent reads


if __name__ == "__main__":
    main()
