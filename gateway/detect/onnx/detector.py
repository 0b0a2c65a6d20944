"""The detector ``classifiers``: every model of the manifests, as one check that policies name."""

import asyncio
from collections.abc import Iterable, Sequence

from gateway.detect.detector import Report
from gateway.detect.onnx.classifier import Classifier

ID = "classifiers"
_SHORT = 12


class Classifiers:
    """Reports of all models together. A text is judged when every one of them has judged it."""

    id = ID

    def __init__(self, classifiers: Sequence[Classifier]) -> None:
        self._classifiers = tuple(classifiers)
        self.version = ",".join(f"{each.model.id}@{each.model.digest[:_SHORT]}" for each in self._classifiers)
        self.categories = frozenset[str]().union(*(each.categories for each in self._classifiers))

    async def detect_batch(self, texts: Sequence[str]) -> list[Report]:
        """One report a text."""
        if len(self._classifiers) == 1:
            return await self._classifiers[0].reports(texts)
        reports = await asyncio.gather(*(each.reports(texts) for each in self._classifiers))
        return [_together(each) for each in zip(*reports, strict=True)]

    def close(self) -> None:
        """Stop the models' threads."""
        for each in self._classifiers:
            each.close()


def _together(reports: Iterable[Report]) -> Report:
    """Where two models give a score of one name, the higher counts."""
    every = tuple(reports)
    scores: dict[str, float] = {}
    for report in every:
        for name, score in report.scores.items():
            scores[name] = max(score, scores.get(name, 0.0))
    return Report(
        hits=tuple(hit for report in every for hit in report.hits),
        incomplete=next((report.incomplete for report in every if report.incomplete), ""),
        looked=any(report.looked for report in every),
        scores=scores,
    )
