"""Shares on the command line."""

import click


def share(text: str) -> float:
    """A share, written as ``95%`` or ``0.95``, as a number from 0 to 1."""
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise click.BadParameter(f"{text!r} is no share: write 95% or 0.95")
    return number


def limit(text: str) -> float:
    """A share that is a limit. A whole number is a count where other commands have limits, and here a percent
    or everything, so it is refused."""
    if text.isdecimal() and int(text):
        raise click.BadParameter(f"{text!r} could be a number, a percentage or all: write a share such as 5%")
    return share(text)
