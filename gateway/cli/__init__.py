"""The command line: one command a file, ``main`` puts them together."""

from gateway.cli.main import main

__all__ = ["main"]
