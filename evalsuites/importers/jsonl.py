"""JSON Lines: an object a line, its members are the columns."""

from pathlib import Path

from evalsuites.importers.source import Source, content, digest_of, lines


def read(source: str) -> Source:
    """Read a file. Raises as :data:`~evalsuites.importers.source.Reader` says."""
    body, name = content(source), Path(source).name
    return Source(name, digest_of(body), tuple(lines(body, name)))
