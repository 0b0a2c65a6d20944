"""What is measured. Every function returns the rows of one table."""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from tests.bench.models import base
from tests.bench.models.subject import Subject, Texts

Row = Sequence[str]
LENGTHS = (16, 64, 128, 256, 1024)
CALLERS = (1, 16)
TURNS = 20
TURN_TOKENS = 100


def latency(subject: Subject, texts: Texts, seconds: float) -> list[Row]:
    """By length and number of callers: tokens a second, and how long a caller waits."""
    rows: list[Row] = []
    for length in LENGTHS:
        for callers in CALLERS:
            waits, spent = asyncio.run(_load(subject, texts, length, callers, seconds))
            speed = len(waits) * length / spent
            rows.append((str(length), str(callers), f"{speed:,.0f}", _ms(waits, 0.5), _ms(waits, 0.95)))
    return rows


async def _load(
    subject: Subject, texts: Texts, length: int, callers: int, seconds: float
) -> tuple[list[float], float]:
    """Callers that ask again as soon as they are answered. Seconds waited, and seconds in all."""
    waits: list[float] = []
    began = time.perf_counter()

    async def caller() -> None:
        while time.perf_counter() - began < seconds:
            asked = time.perf_counter()
            await subject.detector.detect_batch([texts(length)])
            waits.append(time.perf_counter() - asked)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return waits, time.perf_counter() - began


def overhead(subject: Subject, texts: Texts, seconds: float) -> list[Row]:
    """The whole way against the bare session on the same windows, in turns: time, and processor time.

    The second is what a machine with other work to do can still measure; of a GPU it says nothing.
    """
    return [asyncio.run(_compared(subject, texts, length, seconds)) for length in LENGTHS]


async def _compared(subject: Subject, texts: Texts, length: int, seconds: float) -> Row:
    bare: list[npt.NDArray[np.float64]] = []
    whole: list[npt.NDArray[np.float64]] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(bare) < 5:
        text = texts(length)
        batches = subject.inputs(text)
        began = _now()
        for batch in batches:
            subject.backend.inner.run(batch)
        between = _now()
        await subject.detector.detect_batch([text])
        bare.append(between - began)
        whole.append(_now() - between)
    session, way = np.median(bare, axis=0), np.median(whole, axis=0)
    added = np.median(np.array(whole) / np.array(bare), axis=0) - 1
    columns = zip(session * 1e3, way * 1e3, added, strict=True)
    return str(length), *(cell for s, w, a in columns for cell in (f"{s:.1f}", f"{w:.1f}", f"{a:+.1%}"))


def _now() -> npt.NDArray[np.float64]:
    """Time, and processor time of all threads."""
    return np.array([time.perf_counter(), time.process_time()])


def batches(subject: Subject, texts: Texts, seconds: float) -> list[Row]:
    """Microseconds a token of the bare session, by length and batch size."""
    sizes = (1, 2, 4, 8, 16, 64) if subject.status.device != "cpu" else (1, 2, 4, 8, 16)
    rows: list[Row] = []
    for length in (16, 64, 256):
        row = [str(length)]
        for size in sizes:
            (one, *_) = subject.inputs(texts(length))
            batch = {name: np.repeat(array, size, axis=0) for name, array in one.items()}
            took = _median(partial(subject.backend.inner.run, batch), seconds)
            row.append(f"{took / batch['input_ids'].size * 1e6:.0f}")
        rows.append(row)
    return [("tokens", *(f"batch {size}" for size in sizes)), *rows]


def cache(subject: Subject, texts: Texts) -> list[Row]:
    """A text seen before, by its length."""
    rows: list[Row] = []
    with asyncio.Runner() as loop:
        for length in LENGTHS:
            text = texts(length)
            loop.run(subject.detector.detect_batch([text]))
            rows.append((str(length), f"{loop.run(_again(subject, text)) * 1e6:.0f}"))
    return rows


async def _again(subject: Subject, text: str, times: int = 2000) -> float:
    began = time.perf_counter()
    for _ in range(times):
        await subject.detector.detect_batch([text])
    return (time.perf_counter() - began) / times


def conversation(subject: Subject, texts: Texts) -> list[Row]:
    """A conversation that sends its whole history with every turn: tokens that were classified."""
    rows: list[Row] = []
    with asyncio.Runner() as loop:
        history: list[str] = []
        sent, start = 0, subject.backend.tokens
        for turn in range(1, TURNS + 1):
            history += [texts(TURN_TOKENS), texts(TURN_TOKENS)]
            sent += 2 * turn * (TURN_TOKENS + 2)
            loop.run(subject.detector.detect_batch(history))
            if turn in {1, 5, 10, 15, TURNS}:
                rows.append((str(turn), f"{sent:,}", f"{subject.backend.tokens - start:,}"))
    return rows


def encoders(subject: Subject, texts: Texts, seconds: float, threads: int) -> list[Row]:
    """One pass for all risks against one pass a risk, with encoders of this size and of the usual one."""
    (window, *_) = subject.inputs(texts(128))
    large, ids = base.session(threads), {"input_ids": window["input_ids"] % base.WORDS}
    ours = _median(lambda: subject.backend.inner.run(window), seconds)
    theirs = _median(lambda: large.run(None, ids), seconds)
    return [
        ("this one, for all risks", f"{ours * 1e3:.1f}"),
        (f"{base.RISKS} of this size, one a risk", f"{base.RISKS * ours * 1e3:.1f}"),
        (f"{base.RISKS} of base size in 32 bits, one a risk", f"{base.RISKS * theirs * 1e3:.1f}"),
    ]


def _median(do: Callable[[], object], seconds: float) -> float:
    do()
    took: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or not took:
        began = time.perf_counter()
        do()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def _ms(seconds: Sequence[float], share: float) -> str:
    return f"{sorted(seconds)[int(share * (len(seconds) - 1))] * 1e3:.1f}"
