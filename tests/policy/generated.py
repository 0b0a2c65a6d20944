"""Inputs for a bundle, drawn with a seed from the published schema and from what its rules speak of.

So rules really fire, also at the edges of their thresholds; and in some inputs facts are missing, or are of
another type than the schema says.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from gateway.core.exchange import Caller, Destination, Exchange
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Kind, Role, Segment
from gateway.policy.bundle import is_test, read
from gateway.policy.schema import plan_schema, schema

T = TypeVar("T")
Facts = dict[str, Any]

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_STRING = re.compile(r'"([^"\\\n]*)"')
_EXTREMES = (
    0, -1, 2**31, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 0.1 + 0.2, 1e-300, 5e-324, -0.0, 1e17,
    1.7976931348623157e308,
)  # fmt: skip
_STRANGE = (
    "", "\0", "é", "e\u0301", "日本語", "😀", "\u202e", "\u2028", "a" * 300, "*", "\u017f", "\u0130",
    "0", "null",
)  # fmt: skip
_LIKELY: Mapping[str, tuple[str, ...]] = {
    "category": ("pii", "secret", "toxicity", "injection", "bias"),
    "label": ("email", "card", "api_key", "hate", "threat", "insult", "jailbreak"),
    "role": ("user", "assistant", "tool"),
}
"""What detectors really say, whatever a bundle speaks of."""


class Draws:
    """Draws for one bundle; the same seed draws the same."""

    def __init__(self, root: Path, seed: int) -> None:
        source = "\n".join(body.decode() for name, body in read(root) if not is_test(name))
        words = sorted(set(_STRING.findall(source)))
        self._strings = [*words, *(text.replace("*", "x") for text in words if "*" in text)]
        numbers = sorted({float(text) for text in _NUMBER.findall(source)})
        self._numbers = [around for number in numbers for around in (number, number + 1, number - 0.001)]
        self._random = random.Random(seed)

    def facts(self, phase: str, *, wrong: bool) -> Facts:
        """An input of a phase or of the plan; with ``wrong``, every second one is not as the schema says."""
        shape = plan_schema() if phase == "plan" else schema()
        return self._object(shape, wrong=wrong and self._chance(0.5))

    def exchange(self) -> Exchange:
        """An exchange."""
        caller = Caller(
            self.string(), self.string(), self.string(), tuple(self._some(self.string, 2)), self._labels()
        )
        return Exchange(
            id="lx-1",
            endpoint=self.string(),
            dialect=self.string(),
            caller=caller,
            model=self.string(),
            route=self.string(),
            destinations=tuple(
                self._some(lambda: Destination(self.string(), self.string(), self._labels()), 2)
            ),
            stream=self._chance(0.5),
            parameters={self.string(): self.scalar() for _ in range(self._random.randint(0, 3))},
            tools=tuple(self._some(self.string, 3)),
            body_bytes=self._random.choice([0, 1, 1023, 1024, 10**6, 10**8, 2**40]),
        )

    def segments(self) -> list[Segment]:
        """Segments of a phase."""
        roles: tuple[Role, ...] = ("system", "user", "assistant", "tool")
        kinds: tuple[Kind, ...] = ("text", "tool_arguments", "reasoning")
        return [
            Segment(f"s{i}", self._random.choice(roles), self._random.choice(kinds), f"/{i}", self.string())
            for i in range(self._random.randint(0, 4))
        ]

    def findings(self) -> list[Finding]:
        """Findings of a phase."""
        return [
            Finding(
                f"f{i}", "patterns", "1", self._likely("category"), self._likely("label"),
                self.number("score"), f"s{self._random.randint(0, 3)}", 0, 4,
            )
            for i in range(self._random.randint(0, 4))
        ]  # fmt: skip

    def coverage(self) -> list[Coverage]:
        """What ran; now and then everything did."""
        if self._chance(0.5):
            return [Coverage(f"s{i}", "*", State.OK) for i in range(4)]
        places, detectors = ("*", "s0", "s1", "/x"), ("*", "patterns", "secrets")
        pick = self._random.choice
        return self._some(
            lambda: Coverage(pick(places), pick(detectors), pick(list(State)), self.string()), 4
        )

    def string(self) -> str:
        """A word that the rules speak of, or a strange one."""
        words: Sequence[str] = _STRANGE if self._chance(0.15) else self._strings
        return self._random.choice(words)

    def number(self, name: str = "") -> float:
        """A number near one that the rules speak of, or an extreme one."""
        if self._chance(0.15):
            return self._random.choice(_EXTREMES)
        return (
            self._random.random()
            if name == "score" or not self._numbers
            else self._random.choice(self._numbers)
        )

    def scalar(self) -> object:
        """A value of any simple type."""
        return self._random.choice([None, True, False, self.number(), self.string(), 10**30])

    # -- by the schema ---------------------------------------------------------------------------

    def _of(self, shape: Mapping[str, Any], name: str, *, wrong: bool) -> object:
        kind = shape.get("type")
        if kind == "object":
            return self._object(shape, wrong=wrong)
        if kind == "array":
            return self._some(lambda: self._of(shape["items"], "", wrong=wrong), 4)
        if wrong and self._chance(0.02):
            return self._random.choice([None, True, self.number(), self.string()])
        if "enum" in shape or "const" in shape:
            return self._random.choice(shape.get("enum") or [shape["const"]])
        return self._simple(kind, name)

    def _simple(self, kind: object, name: str) -> object:
        if kind == "string":
            return self._likely(name)
        if kind == "boolean":
            return self._chance(0.5)
        if kind == "integer":
            number = self.number()
            return int(number) if abs(number) < 2**63 else 2**63 - 1
        return self.number(name)

    def _object(self, shape: Mapping[str, Any], *, wrong: bool) -> Facts:
        if "properties" not in shape:
            inner = shape["additionalProperties"]
            return {
                self.string(): self._of(inner, "", wrong=wrong) for _ in range(self._random.randint(0, 3))
            }
        required = () if wrong else shape["required"]
        return {
            name: self._of(inner, name, wrong=wrong)
            for name, inner in shape["properties"].items()
            if name in required or self._chance(0.9)
        }

    def _likely(self, name: str) -> str:
        return self._random.choice(_LIKELY[name]) if name in _LIKELY and self._chance(0.8) else self.string()

    def _labels(self) -> dict[str, str]:
        return {self.string(): self.string() for _ in range(self._random.randint(0, 2))}

    def _some(self, draw: Callable[[], T], most: int) -> list[T]:
        return [draw() for _ in range(self._random.randint(0, most))]

    def _chance(self, odds: float) -> bool:
        return self._random.random() < odds
