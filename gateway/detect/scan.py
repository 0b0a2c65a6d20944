"""Scan a file of texts: JSON lines in, JSON lines out, as many out as in.

In: ``{"id": …, "text": …}``. Out: ``{"id", "findings", "scores", "coverage"}``; spans are character
offsets into the text. ``scores`` holds what classifiers say of the whole text, always, and for other
categories the best of their findings. A line that is no such object becomes ``{"id": null, "line": n,
"error": …}`` in its place, so that line *n* of the output always speaks of line *n* of the input; the
others are scanned all the same.

Memory stays constant. A file appears under its name only once it is complete.
"""

import asyncio
import gzip
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gateway.core.segment import Segment
from gateway.detect.runner import Detection, Runner

Progress = Callable[[int, int], None]
"""Told the lines done, and the bytes of the input read so far."""

EVERY = 1000
DEADLINE_S = 60.0
"""For detectors that need one: nobody is waiting, but nothing may hang."""

NAMED = 10
"""So many unreadable lines are kept for the summary; all of them are in the output."""

_STANDARD = Path("-")


class Unreadable(Exception):
    """A line that is no row to scan. The message does not repeat it."""


@dataclass(frozen=True, slots=True)
class ScanSummary:
    """What a scan came to."""

    lines: int = 0
    malformed: int = 0
    findings: int = 0
    incomplete: int = 0
    """Texts that some detector did not finish."""

    complaints: tuple[str, ...] = ()
    """The first unreadable lines, each with its number and what is wrong with it."""


def scan_file(
    input: Path,  # noqa: A002 - the pair is called that everywhere
    output: Path,
    runner: Runner,
    *,
    progress: Progress | None = None,
) -> ScanSummary:
    """Scan ``input`` into ``output``; ``-`` is a standard stream, ``.gz`` is unpacked."""
    lines = malformed = findings = incomplete = size = 0
    complaints: list[str] = []
    with _reading(input) as source, _writing(output) as sink, asyncio.Runner() as loop:
        for line in source:
            lines += 1
            size += len(line)
            answer = _answer(line, lines, runner, loop)
            if "error" in answer:
                malformed += 1
                complaints += [f"line {lines}: {answer['error']}"] if malformed <= NAMED else []
            findings += len(answer.get("findings", ()))  # type: ignore[arg-type]
            incomplete += any(entry["state"] != "ok" for entry in answer.get("coverage", ()))  # type: ignore[attr-defined]
            sink.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            if progress and lines % EVERY == 0:
                progress(lines, size)
    if progress:
        progress(lines, size)
    return ScanSummary(lines, malformed, findings, incomplete, tuple(complaints))


def _answer(line: bytes, number: int, runner: Runner, loop: asyncio.Runner) -> dict[str, object]:
    try:
        id_, text = _row(line)
    except Unreadable as error:
        return {"id": None, "line": number, "error": str(error)}
    segment = Segment("s0", "user", "text", "/text", text)
    return {"id": id_, **_report(_detect(segment, runner, loop))}


def _row(line: bytes) -> tuple[str | int, str]:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable("not valid UTF-8") from None
    except (ValueError, RecursionError):
        raise Unreadable("not valid JSON") from None
    if not isinstance(row, dict):
        raise Unreadable("not a JSON object")
    id_, text = row.get("id"), row.get("text")
    if not isinstance(id_, str | int) or isinstance(id_, bool):
        raise Unreadable('"id" must be text or a whole number')
    if not isinstance(text, str):
        raise Unreadable('"text" must be text')
    if not _is_unicode(f"{id_}{text}"):
        raise Unreadable("half of a surrogate pair")
    return id_, text


def _is_unicode(text: str) -> bool:
    """JSON can spell half a surrogate pair, which is no character and has no encoding."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _detect(segment: Segment, runner: Runner, loop: asyncio.Runner) -> Detection:
    if runner.inline(runner.names):
        return runner.detect_inline((segment,), runner.names)
    return loop.run(runner.detect((segment,), runner.names, DEADLINE_S))


def _report(detection: Detection) -> dict[str, object]:
    scores: dict[str, float] = {}
    for finding in detection.findings:
        scores[finding.category] = max(finding.score, scores.get(finding.category, 0.0))
    for whole in detection.scores.values():
        scores |= whole
    return {
        "findings": [
            {
                "category": f.category,
                "label": f.label,
                "score": f.score,
                "start": f.start,
                "end": f.end,
                "detector": f.detector,
            }
            for f in detection.findings
        ],
        "scores": scores,
        "coverage": [
            {"detector": c.detector, "state": c.state.value, "reason": c.reason} for c in detection.coverage
        ],
    }


@contextmanager
def _reading(path: Path) -> Iterator[Iterator[bytes]]:
    if path == _STANDARD:
        yield iter(sys.stdin.buffer)
        return
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
        yield iter(stream)


@contextmanager
def _writing(path: Path) -> Iterator[BinaryIO]:
    """A file beside the target that takes its place at the end, or vanishes with the fault."""
    if path == _STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if path.exists() and not path.is_file():  # a device or a pipe is written to, never replaced
        with path.open("wb") as stream:
            yield stream
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
