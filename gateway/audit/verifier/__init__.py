"""The verifier as a page: one HTML file that judges logs and proofs in a browser, offline.

Whatever hands evidence to somebody puts :func:`page` beside it as ``verifier.html``; the page takes
``.tlog-proof`` files, record files, folders of a log and zip files of all these.
"""

from importlib.resources import files


def page() -> bytes:
    """The page's bytes."""
    return files(__name__).joinpath("verifier.html").read_bytes()
