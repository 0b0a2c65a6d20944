"""How OPA hashes a file for a bundle's signature (``v1/bundle/hash.go``).

JSON documents are hashed over their content, not their bytes: keys sorted, no white space, numbers as they
are spelled. Everything else is hashed as it is.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Final

from gateway.policy.contents import DATA, MANIFEST, BundleError, base
from gateway.policy.depth import MAX_NESTING, deeper_than

ALGORITHMS: Final = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
"""OPA's names. It also knows MD5 and SHA-1, which prove nothing any more."""


class _Number(str):
    """A number as it is spelled: ``1.0`` stays what it is."""

    __slots__ = ()


def file_hash(name: str, body: bytes, algorithm: str = "SHA-256") -> str:
    """Hexadecimal digest of one file, or :class:`BundleError` when a document is not JSON."""
    digest = hashlib.new(ALGORITHMS[algorithm])
    for part in _walk(_parsed(name, body)) if base(name) in {DATA, MANIFEST} else (body,):
        digest.update(part)
    return digest.hexdigest()


def _parsed(name: str, body: bytes) -> object:
    try:
        value = json.loads(body, parse_int=_Number, parse_float=_Number, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise BundleError(name, error.lineno, "data", f"not valid JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise BundleError(name, 1, "data", f"not valid JSON: {error}") from None
    if deeper_than(MAX_NESTING, value):
        raise BundleError(name, 1, "data", f"the document is nested deeper than {MAX_NESTING} levels")
    return value


def _refuse(spelling: str) -> object:
    raise ValueError(f"there is no {spelling}")


def _walk(value: object) -> Iterator[bytes]:
    if isinstance(value, dict):
        yield b"{"
        for place, key in enumerate(sorted(value)):
            yield b"," if place else b""
            yield _text(key) + b":"
            yield from _walk(value[key])
        yield b"}"
    elif isinstance(value, list):
        yield b"["
        for place, item in enumerate(value):
            yield b"," if place else b""
            yield from _walk(item)
        yield b"]"
    else:
        yield value.encode() if isinstance(value, _Number) else _text(value)


def _text(value: object) -> bytes:
    """As Go's encoder writes a scalar: like Python's, but for two separators that it escapes."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode("utf-8", "replace")
