"""The thread on which a model runs: texts of many requests in, verdicts out.

While one batch runs, new texts gather; the next batch is made of whatever waits then. So nothing is
ever held back to fill a batch, and the batches grow by themselves when there is much to do.

Overload: at most ``limit`` characters wait or run. A text that does not fit is refused at once, and
what was accepted is never displaced. A text that nobody waits for any longer costs nothing more.
"""

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.detect.onnx.backend import Backend, Framer
from gateway.detect.onnx.queue import Queue
from gateway.detect.onnx.reading import Reading, Window
from gateway.detect.onnx.verdict import Part, Verdict

PATIENCE_S: Final = 0.02
"""A long text's next window queues as if it had come this much later, so that short texts overtake it."""

LEAST: Final = 64
"""Characters that any text counts for."""


class Overloaded(Exception):
    """Too much is waiting already."""


class Reads(Protocol):
    """Cuts a text into tokens and windows."""

    def read(self, text: str) -> Reading:
        """The tokens of a text."""
        ...

    def windows(self, reading: Reading) -> list[Window]:
        """The stretches that are judged one by one."""
        ...


class Interprets(Protocol):
    """Makes a verdict of what the model answered."""

    def verdict(self, reading: Reading, parts: Sequence[Part]) -> Verdict:
        """The verdict of a text from all of its windows."""
        ...


@dataclass(slots=True, eq=False)
class _Job:
    """One text on its way."""

    text: str
    future: asyncio.Future[Verdict]
    arrived: float
    due: int = 0
    """Windows that are not judged yet."""

    parts: list[Part] = field(default_factory=list)

    def settle(self, verdict: Verdict | Exception) -> None:
        """Hand the verdict, or the fault, to whoever waits, in their own thread."""
        try:
            self.future.get_loop().call_soon_threadsafe(_settle, self.future, verdict)
        except RuntimeError:  # their loop has ended meanwhile
            return


@dataclass(frozen=True, slots=True)
class _Piece:
    """One window of one text."""

    job: _Job
    reading: Reading
    window: Window


class Batcher:
    """One model on a thread of its own, which starts with the first text."""

    def __init__(  # noqa: PLR0913 - the four parts of the way, and two bounds
        self,
        reader: Reads,
        framer: Framer,
        backend: Backend,
        interpreter: Interprets,
        *,
        batch_tokens: int,
        limit: int,
    ) -> None:
        self._reader, self._framer, self._backend, self._interpreter = reader, framer, backend, interpreter
        self._batch_tokens = batch_tokens
        self._limit = limit
        self._load = 0
        self._wake = threading.Condition()
        self._arrived: list[_Job] = []
        self._queue: Queue[_Piece] = Queue(lambda piece: not piece.job.future.done())
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, text: str) -> asyncio.Future[Verdict]:
        """The verdict of a text, in the future; cancel it and the work is dropped.

        Raises:
            Overloaded: too much is waiting, or the batcher is closed.
        """
        cost = max(len(text), LEAST)
        job = _Job(text, asyncio.get_running_loop().create_future(), time.monotonic())
        with self._wake:
            if self._closed or (self._load and self._load + cost > self._limit):
                raise Overloaded
            self._load += cost
            self._arrived.append(job)
            self._start()
            self._wake.notify()
        job.future.add_done_callback(lambda _: self._release(cost))
        return job.future

    def close(self) -> None:
        """Stop the thread; whoever still waits is refused."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
        self._backend.close()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="lictor-classifier", daemon=True)
            self._thread.start()

    def _release(self, cost: int) -> None:
        with self._wake:
            self._load -= cost

    # -- on the thread ---------------------------------------------------------------------------

    def _work(self) -> None:
        while self._gather():
            self._run(self._queue.pop(self._batch_tokens))
        for job in {*self._arrived, *(piece.job for piece in self._queue.drain())}:
            job.settle(Overloaded())

    def _gather(self) -> bool:
        """Wait for work and sort it in; False when the batcher is closed."""
        with self._wake:
            self._wake.wait_for(lambda: self._closed or self._arrived or self._queue)
            if self._closed:
                return False
            arrived, self._arrived = self._arrived, []
        for job in arrived:
            if not job.future.done():
                self._prepare(job)
        return True

    def _prepare(self, job: _Job) -> None:
        try:
            reading = self._reader.read(job.text)
            windows = self._reader.windows(reading)
        except Exception as fault:  # noqa: BLE001 - whatever a text does to its reader concerns that text only
            job.settle(fault)
            return
        job.due = len(windows)
        for at, window in enumerate(windows):
            self._queue.push(_Piece(job, reading, window), len(window), job.arrived + at * PATIENCE_S)

    def _run(self, batch: Sequence[_Piece]) -> None:
        if not batch:
            return
        rows = [(piece.reading, piece.window) for piece in batch]
        try:
            found = self._framer.rows(rows, self._backend.run(self._framer.inputs(rows)))
        except Exception as fault:  # noqa: BLE001 - a batch that failed is an unfinished check of its texts
            for job in {piece.job for piece in batch}:
                job.settle(fault)
            return
        for piece, logits in zip(batch, found, strict=True):
            piece.job.parts.append((piece.window, logits))
            piece.job.due -= 1
            if not piece.job.due:
                self._finish(piece)

    def _finish(self, piece: _Piece) -> None:
        try:
            piece.job.settle(self._interpreter.verdict(piece.reading, piece.job.parts))
        except Exception as fault:  # noqa: BLE001 - an answer that makes no sense is an unfinished check
            piece.job.settle(fault)


def _settle(future: asyncio.Future[Verdict], verdict: Verdict | Exception) -> None:
    if future.done():
        return
    if isinstance(verdict, Verdict):
        future.set_result(verdict)
    else:
        future.set_exception(verdict)
