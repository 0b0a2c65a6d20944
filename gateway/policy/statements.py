"""Signed test results: in-toto statements of the predicate ``test-result/v0.1``, and where they are found.

A file holds one envelope a line, as in-toto bundles do (``.intoto.jsonl``).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from gateway.core.errors import ConfigError
from gateway.policy.dsse import IN_TOTO, Envelope, parse, signers
from gateway.policy.keyring import Keyring

PREDICATE: Final = "https://in-toto.io/attestation/test-result/v0.1"
_TYPE: Final = "https://in-toto.io/Statement/v1"
_RESULTS: Final = ("PASSED", "WARNED", "FAILED")


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody signed about the tests of something."""

    signer: str
    """Id of the key that counts."""

    digest: str
    """``sha256:`` of the envelope's payload: names the statement in records."""

    subjects: frozenset[str]
    """SHA-256 of what was tested, in hexadecimal."""

    result: str
    """``PASSED``, ``WARNED`` or ``FAILED``."""

    passed: frozenset[str]
    warned: frozenset[str]
    failed: frozenset[str]
    finished_ms: int
    """When the tests ended, milliseconds since the Unix epoch."""


def lines(files: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Every envelope in these files, with its place. Files that are not there hold none.

    Raises:
        ConfigError: a file cannot be read.
    """
    for file in files:
        try:
            body = file.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ConfigError(f"{file}: {error.strerror}") from None
        for number, line in enumerate(body.splitlines(), 1):
            if line.strip():
                yield f"{file}:{number}", line


def verified(line: bytes, where: str, ring: Keyring, now_ms: int) -> Statement | None:
    """The statement in an envelope; None where no key that counts has signed it, or it is of another kind.

    Raises:
        ConfigError: it is no envelope, or was signed and cannot be understood.
    """
    envelope = parse(line, where)
    by = signers(envelope, ring, now_ms)
    if not by or envelope.kind != IN_TOTO:
        return None
    try:
        return _statement(envelope, by[0])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ConfigError(f"{where}: this is no statement of test results") from None


def _statement(envelope: Envelope, signer: str) -> Statement | None:
    raw = orjson.loads(envelope.payload)
    if raw["_type"] != _TYPE or raw["predicateType"] != PREDICATE:
        return None
    predicate = raw["predicate"]
    if predicate["result"] not in _RESULTS:
        raise ValueError
    return Statement(
        signer,
        f"sha256:{hashlib.sha256(envelope.payload).hexdigest()}",
        frozenset(one["digest"]["sha256"] for one in raw["subject"] if "sha256" in one["digest"]),
        predicate["result"],
        _texts(predicate, "passedTests"),
        _texts(predicate, "warnedTests"),
        _texts(predicate, "failedTests"),
        _finished_ms(raw["subject"]),
    )


def _texts(predicate: Mapping[str, Any], name: str) -> frozenset[str]:
    found = predicate.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise TypeError
    return frozenset(found)


def _finished_ms(subjects: Iterable[Mapping[str, Any]]) -> int:
    """When the run ended, as the subject ``run`` is annotated; 1970 where it does not say."""
    said = [one["annotations"]["finished"] for one in subjects if "finished" in one.get("annotations", {})]
    if not said:
        return 0
    moment = datetime.fromisoformat(said[0])
    if moment.tzinfo is None:
        raise ValueError
    return int(moment.timestamp() * 1000)
