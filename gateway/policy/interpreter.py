"""The typed seam around regorus: the only file that imports it.

We use its *interpreter*, never its compiled programs. Both answer alike while nothing goes wrong; when a
builtin fails, two complete rules disagree or a rule recurses, the interpreter raises, while the compiled
form goes on with "undefined", so that a broken deny rule looks like one that did not match.
See ``docs/adr/0003-embedded-rego.md``.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol, TypeVar, cast

import regorus  # type: ignore[import-untyped]

from gateway.core.errors import PolicyFault

T = TypeVar("T")

_LOCATION = re.compile(r"-->\s*(?P<file>.+?):(?P<line>\d+):(?P<column>\d+)\s*$", re.MULTILINE)
_MESSAGE = re.compile(r"^error: (?P<message>.+)$", re.MULTILINE)
_PASSING = (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError)


class Interpreter(Protocol):
    """What we use of a regorus engine. It lives and dies in the thread that made it."""

    def add_policy(self, path: str, rego: str) -> str:
        """Parse a module; the answer is its package."""

    def add_data_json(self, data: str) -> None:
        """Merge base documents."""

    def clear_data(self) -> None:
        """Forget all base documents."""

    def set_input_json(self, input: str) -> None:  # noqa: A002 - regorus' own name
        """Replace the input document."""

    def eval_rule_as_json(self, rule: str) -> str:
        """Evaluate one rule by its full path; an undefined one is the string ``"<undefined>"``."""

    def eval_query_as_json(self, query: str) -> str:
        """Evaluate a query."""

    def get_ast_as_json(self) -> str:
        """Syntax trees of all modules, in the order they were added."""

    def set_gather_prints(self, b: bool) -> None:  # noqa: FBT001 - regorus' own signature
        """Keep what ``print`` says instead of writing it to standard error."""

    def take_prints(self) -> list[str]:
        """What ``print`` said since the last time, each with its file and line."""

    def set_enable_coverage(self, b: bool) -> None:  # noqa: FBT001 - regorus' own signature
        """Note which lines are evaluated."""

    def clear_coverage_data(self) -> None:
        """Begin anew with noting lines."""

    def get_coverage_report_as_json(self) -> str:
        """Which lines of each file were evaluated since coverage was enabled, and which were not."""

    def clone(self) -> "Interpreter":
        """A copy that does not parse again."""


class Interpreters:
    """Interpreters that were made, by thread and by what they hold.

    regorus ties an interpreter to the thread that made it, for use and for its end. So each thread makes
    its own, and only that thread ever lets go of one: when it makes another and already has ``KEEP``.
    """

    KEEP = 256
    """A revision has some dozens, and a canary is a second one; after a few reloads the oldest go."""

    def __init__(self) -> None:
        self._local = threading.local()

    def get(self, key: str, make: Callable[[], Interpreter]) -> Interpreter:
        """This thread's interpreter for ``key``, made now if need be."""
        shelf: OrderedDict[str, Interpreter] = self._local.__dict__.setdefault("shelf", OrderedDict())
        if key not in shelf:
            shelf[key] = make()
        shelf.move_to_end(key)
        while len(shelf) > self.KEEP:
            shelf.popitem(last=False)
        return shelf[key]


SHARED = Interpreters()
"""The process's interpreters. Kept for good: what holds an interpreter must not be collected elsewhere."""


class EngineError(PolicyFault):
    """Rego that could not be read or evaluated, without the engine's own entrails."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}" if file else message)
        self.file = file
        self.line = line
        self.message = message


def interpreter() -> Interpreter:
    """A fresh interpreter that writes nothing to standard error."""
    engine = cast("Interpreter", regorus.Engine())
    engine.set_gather_prints(True)
    return engine


def guarded(call: Callable[[], T]) -> T:
    """Run ``call``; whatever regorus throws, a Rust panic included, becomes an :class:`EngineError`.

    It is raised outside the handler: no chain of tracebacks may keep an interpreter that was made inside
    ``call`` alive, for it could then meet its end in another thread.
    """
    try:
        return call()
    except _PASSING:
        raise
    except BaseException as error:  # noqa: BLE001 - a Rust panic derives from BaseException
        problem = _plain(str(error))
    raise problem


def _plain(text: str) -> EngineError:
    """Cut location and message out of regorus' report; its backtrace is dropped."""
    place, message = _LOCATION.search(text), _MESSAGE.search(text)
    first = text.strip().splitlines()[0] if text.strip() else "the engine failed"
    words = message["message"] if message else first
    return EngineError(place["file"] if place else "", int(place["line"]) if place else 0, words[:300])
