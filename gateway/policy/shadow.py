"""The shadow: what a candidate would have decided, asked beside the traffic and never in its way.

Whoever serves only puts an exchange into a bounded queue, or counts it as dropped. A thread of its own asks
the candidate's process (:mod:`~gateway.policy.opinion`) and rests after every question, so that both together
take no more than their share of a processor.
"""

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import orjson

from gateway.core.decision import Decision
from gateway.core.errors import ConfigError
from gateway.policy.facts import Digest
from gateway.policy.matter import Matter
from gateway.policy.opinion import Hello, Opinion, Question
from gateway.policy.sightings import Sightings
from gateway.policy.source import Admission, Files

_log = logging.getLogger(__name__)

QUEUE = 256
CHARACTERS = 4_000_000
"""How much text may wait; what comes on top is dropped."""

START_S = 60.0
DEADLINE_S = 2.0
"""How long one answer may take before the candidate's process is killed."""

DEATHS = 3
FORGIVEN = 1000
"""A process that ends so often within so many questions is not started again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One decision that was made, with everything that it was made from."""

    matter: Matter
    decision: Decision
    micros: int

    @property
    def size(self) -> int:
        """Characters that it keeps in memory."""
        return sum(len(segment.text) for segment in self.matter.segments)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is asked, and how much of it."""

    revision: str
    path: Path
    installed: tuple[str, ...] = ()
    digest: Digest | None = None
    share: float = 0.1
    """Share of one processor that asking may take."""

    admission: Admission | None = None
    """Whether it may be asked. Keys stay here; the revision ties what the other process loads to this."""

    deadline_s: float = DEADLINE_S


@dataclass(slots=True)
class _Bounds:
    """What waits, in pieces and characters."""

    waiting: "queue.Queue[Asked | None]" = field(default_factory=lambda: queue.Queue(QUEUE))
    characters: int = 0


class Shadow:
    """One candidate beside the traffic, from start to stop."""

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.sightings = Sightings()
        self.unfit = ""
        """Why the candidate cannot be asked any more, or an empty string."""

        self._bounds = _Bounds()
        self._process: _Process | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="policy-shadow", daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def offer(self, asked: Asked) -> None:
        """Take a decision to ask about, or count it as dropped. Never waits, never raises."""
        size = asked.size
        if self.unfit or self._bounds.characters + size > CHARACTERS:
            self.sightings.dropped()
            return
        try:
            self._bounds.waiting.put_nowait(asked)
        except queue.Full:
            self.sightings.dropped()
        else:
            self._bounds.characters += size

    def stop(self) -> None:
        """End it, the candidate's process included."""
        self._stopping.set()
        with suppress(queue.Full):
            self._bounds.waiting.put_nowait(None)
        if self._process is not None:
            self._process.kill()  # the thread hears of it, and cleans up
        if self._thread.is_alive():
            self._thread.join()

    # -- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        deaths = good = 0
        try:
            while not self._stopping.is_set() and not self.unfit:
                answered = self._turn()
                good += answered is True
                deaths += answered is False
                if good > FORGIVEN:
                    good = deaths = 0
                if deaths >= DEATHS:
                    self.unfit = f"its process ended {deaths} times without an answer: too slow, or too large"
        except Exception as error:  # noqa: BLE001 - a thread that died would say nothing
            _log.error("the shadow of %s failed: %r", self.candidate.revision, error)
            self.unfit = f"the shadow failed: {type(error).__name__}"
        finally:
            self._bounds.waiting = queue.Queue(QUEUE)
            if self._process is not None:
                self._process.close()

    def _turn(self) -> bool | None:
        """Ask about one decision; whether there was an answer, or None where nothing was asked."""
        process = self._process or self._started()
        asked = self._bounds.waiting.get() if process is not None else None
        if process is None or asked is None or self._stopping.is_set():
            return None
        self._bounds.characters -= asked.size
        begun = time.thread_time()
        opinion = process.ask(_question(asked, self.candidate, process.hello))
        if opinion is None:
            self._process = None
            process.close()
            if not self._stopping.is_set():
                self.sightings.failed(asked.decision, asked.micros)
            return False
        self.sightings.saw(asked.matter.exchange, asked.decision, asked.micros, opinion)
        self._rest(time.thread_time() - begun + opinion.micros / 1e6)
        return True

    def _started(self) -> "_Process | None":
        """The candidate's process, once it has checked the candidate."""
        if refused := _not_admitted(self.candidate):
            self.unfit = refused
            return None
        self._process = process = _Process(self.candidate)
        hello = process.greeting()
        if hello.refused or hello.revision != self.candidate.revision:
            if not self._stopping.is_set():
                self.unfit = hello.refused or f"it is {hello.revision}, another revision"
            return None
        return process

    def _rest(self, spent: float) -> None:
        """Be idle until the time that was spent is no more than the share."""
        self.sightings.spent(int(spent * 1e6))
        self._stopping.wait(spent * (1 - self.candidate.share) / self.candidate.share)


class _Process:
    """The candidate's process, as the thread sees it."""

    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self._pipe, theirs = Pipe()
        self._process = _spawned(theirs)
        self.hello = Hello("")

    def greeting(self) -> Hello:
        """Whether the candidate can be asked."""
        with suppress(OSError):
            self._pipe.send((self._candidate.path, self._candidate.installed))
        said = self._heard(START_S)
        self.hello = said if isinstance(said, Hello) else Hello("", "its process ended while it was loaded")
        return self.hello

    def ask(self, question: Question) -> Opinion | None:
        """Its opinion; None where the process ended or took too long."""
        try:
            self._pipe.send(question)
        except OSError:
            return None
        said = self._heard(self._candidate.deadline_s)
        return said if isinstance(said, Opinion) else None

    def kill(self) -> None:
        """End it now; it has nothing to lose. For any thread."""
        self._process.kill()

    def close(self) -> None:
        """End it, and let go of it. For the thread that asks."""
        self._process.kill()
        self._process.wait()
        self._pipe.close()

    def _heard(self, seconds: float) -> object:
        try:
            return self._pipe.recv() if self._pipe.poll(seconds) else None
        except (EOFError, OSError):
            return None


_MAIN = "import sys; from gateway.policy.opinion import main; main(int(sys.argv[1]))"
"""Not ``-m``: the messages would be those of another module, ``__main__``."""


def _spawned(theirs: Connection) -> "subprocess.Popen[bytes]":
    """Start it with the modules that this process sees."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-c", _MAIN, str(theirs.fileno())]
    quiet = subprocess.DEVNULL
    with theirs:
        return subprocess.Popen(  # noqa: S603 - our own
            command, env=environment, pass_fds=[theirs.fileno()], stdin=quiet, stdout=quiet, stderr=quiet
        )


def _not_admitted(candidate: Candidate) -> str:
    """Why it may not be asked, or an empty string."""
    if candidate.admission is None:
        return ""
    try:
        Files(candidate.path, candidate.admission).read()
    except (ConfigError, OSError) as error:
        return str(error)
    return ""


def _question(asked: Asked, candidate: Candidate, hello: Hello) -> Question:
    matter, covered = asked.matter, asked.matter.covered
    digest = candidate.digest if hello.reads_digest else None
    document = orjson.dumps(dict(matter.facts(covered, digest, matter.now_ms or 0)))
    return Question(matter.phase, matter.exchange, document, covered, matter.plan, asked.decision)
