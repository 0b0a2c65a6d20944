"""Fuzz one target with Atheris: ``python -m tests.fuzz TARGET [option of libFuzzer…] [folder…]``."""

import sys

import atheris


def main() -> None:
    """Run until the time is over or a property does not hold."""
    name, *arguments = sys.argv[1:]
    with atheris.instrument_imports(include=["gateway.wire", "gateway.flow"]):
        from tests.fuzz.targets import TARGETS
    atheris.Setup([sys.argv[0], *arguments], TARGETS[name])
    atheris.Fuzz()


main()
