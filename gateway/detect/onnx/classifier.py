"""One model at the service of many requests: cache first, then the batcher."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.finding import Hit
from gateway.detect.detector import Report
from gateway.detect.onnx.batcher import Batcher, Overloaded
from gateway.detect.onnx.cache import Cache, digest
from gateway.detect.onnx.manifest import Model
from gateway.detect.onnx.verdict import Verdict

TOO_LONG = "too_long"
OVERLOADED = "overloaded"

Answer = Verdict | BaseException


@dataclass(frozen=True, slots=True)
class _Score:
    """What becomes of one label."""

    name: str
    category: str
    label: str
    threshold: float


class Classifier:
    """Reports on texts with one model. For one event loop."""

    def __init__(self, model: Model, batcher: Batcher, cache: Cache, *, longest: int) -> None:
        """Of a text longer than ``longest`` characters only the beginning is judged."""
        self.model = model
        self._batcher = batcher
        self._cache = cache
        self._longest = longest
        self._labels = [_score(label.score, label.threshold) for label in model.labels]

    @property
    def categories(self) -> frozenset[str]:
        """Every category that its hits can have."""
        spans = {self.model.category} if self.model.tagged else set()
        return frozenset(spans | {label.category for label in self._labels if label.name})

    async def reports(self, texts: Sequence[str]) -> list[Report]:
        """One report a text. What goes wrong with a text is in its report; only cancellation is raised."""
        heads = [text[: self._longest] for text in texts]
        keys = [digest(head) for head in heads]
        answers: dict[bytes, Answer] = {
            key: verdict for key in set(keys) if (verdict := self._cache.get(key))
        }
        due = {key: head for key, head in zip(keys, heads, strict=True) if key not in answers}
        answers |= await self._judge(due)
        return [self._report(answers[key], text) for key, text in zip(keys, texts, strict=True)]

    def close(self) -> None:
        """Stop the model's thread."""
        self._batcher.close()

    async def _judge(self, texts: dict[bytes, str]) -> dict[bytes, Answer]:
        waiting: dict[bytes, asyncio.Future[Verdict]] = {}
        answers: dict[bytes, Answer] = {}
        for key, text in texts.items():
            try:
                waiting[key] = self._submit(key, text)
            except Overloaded as refusal:
                answers[key] = refusal
        if len(waiting) > 1:
            found = await asyncio.gather(*waiting.values(), return_exceptions=True)
            return answers | dict(zip(waiting, found, strict=True))
        # One new text is what most calls have, and awaiting it costs less than gathering it.
        return answers | {key: await _outcome(future) for key, future in waiting.items()}

    def _submit(self, key: bytes, text: str) -> asyncio.Future[Verdict]:
        future = self._batcher.submit(text)
        future.add_done_callback(lambda done: self._remember(key, done))
        return future

    def _remember(self, key: bytes, done: asyncio.Future[Verdict]) -> None:
        """Even for a request that gave up on its other texts: the next attempt finds this one done."""
        if not done.cancelled() and done.exception() is None:
            self._cache.put(key, done.result())

    def _report(self, answer: Answer, text: str) -> Report:
        if isinstance(answer, Overloaded):
            return Report(incomplete=OVERLOADED, looked=False)
        if isinstance(answer, BaseException):
            return Report(incomplete=type(answer).__name__)
        named = [
            (label, score) for label, score in zip(self._labels, answer.scores, strict=True) if label.name
        ]
        hits = [
            Hit(label.category, label.label, score, 0, len(text))
            for label, score in named
            if score >= label.threshold
        ]
        return Report(
            hits=(*hits, *answer.spans),
            incomplete=TOO_LONG if len(text) > self._longest else "",
            scores={label.name: score for label, score in named},
        )


async def _outcome(future: asyncio.Future[Verdict]) -> Answer:
    try:
        return await future
    except Exception as fault:  # noqa: BLE001 - what goes wrong with a text is in its report
        return fault


def _score(name: str, threshold: float) -> _Score:
    category, _, label = name.partition("/")
    return _Score(name, category, label or category, threshold)
