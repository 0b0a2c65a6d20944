"""``python -m evalsuites.generators [NAME …]``: write the cases of suites anew; of all without a name."""

import sys

from evalsuites.generators import names, rendered, target


def main(wanted: list[str]) -> int:
    """Write them."""
    if unknown := sorted(set(wanted) - set(names())):
        print(f"there is no generator `{unknown[0]}`; there are {', '.join(names())}", file=sys.stderr)  # noqa: T201
        return 2
    for name in wanted or names():
        target(name).write_text(rendered(name), "utf-8")
        print(target(name))  # noqa: T201 - what a command line is for
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
