"""This gateway's classifiers as a Guardrails validator, on-fail actions included.

    from guardrails import Guard
    from gateway.detect.guardrails.validator import LictorClassifiers

    guard = Guard().use(LictorClassifiers(["toxicity", "PERSON"], on_fail="fix"))

Importing this module imports Guardrails.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

from guardrails.validator_base import (
    ErrorSpan,
    FailResult,
    PassResult,
    ValidationResult,
    Validator,
    register_validator,
)

from gateway.core.errors import ConfigError
from gateway.core.finding import Hit
from gateway.detect.detector import BatchDetector, Report
from gateway.detect.onnx.assemble import Options, assemble

DEADLINE_S: Final = 30.0


@register_validator(name="lictor/classifiers", data_type="string")
class LictorClassifiers(Validator):  # type: ignore[misc]
    """Fails a text in which the classifiers find one of the named categories or labels.

    Its fix masks the spans, and withholds the whole text where the finding speaks of the whole. A text
    that could not be judged fails as well.
    """

    def __init__(
        self,
        names: Sequence[str] = ("toxicity", "injection"),
        on_fail: str | Callable[..., Any] | None = None,
        *,
        detector: BatchDetector | None = None,
        **options: Any,  # noqa: ANN401 - as the base class has it
    ) -> None:
        """``names`` are categories (``toxicity``, ``pii``) or labels (``insult``, ``PERSON``)."""
        super().__init__(on_fail=on_fail, names=list(names), **options)
        self._names = frozenset(names)
        self._detector = detector or _installed()
        # The detector lives in one event loop, and Guardrails calls from whatever thread it likes.
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="lictor-validator", daemon=True).start()

    def _validate(self, value: Any, metadata: dict[str, Any]) -> ValidationResult:  # noqa: ANN401, ARG002
        text = str(value)
        asked = self._detector.detect_batch([text])
        (report,) = asyncio.run_coroutine_threadsafe(_awaited(asked), self._loop).result(DEADLINE_S)
        found = [hit for hit in report.hits if {hit.category, hit.label} & self._names]
        if report.incomplete:
            return FailResult(
                error_message=f"The text could not be judged: {report.incomplete}", fix_value=""
            )
        return _failed(text, found) if found else PassResult()


async def _awaited(reports: Any) -> Sequence[Report]:  # noqa: ANN401 - any awaitable of reports
    answer: Sequence[Report] = await reports
    return answer


def _failed(text: str, hits: Sequence[Hit]) -> ValidationResult:
    kinds = sorted({hit.label for hit in hits})
    reason = f"The text has {', '.join(kinds)}"
    return FailResult(
        error_message=reason,
        fix_value=masked(text, hits),
        error_spans=[ErrorSpan(start=hit.start, end=hit.end, reason=hit.label) for hit in hits],
    )


def masked(text: str, hits: Sequence[Hit]) -> str:
    """The text with each span replaced by its label, from the last to the first."""
    for hit in sorted(hits, key=lambda hit: hit.start, reverse=True):
        whole = (hit.start, hit.end) == (0, len(text)) and hit.category != "pii"
        if whole:
            return ""
        text = f"{text[: hit.start]}<{hit.label}>{text[hit.end :]}"
    return text


def _installed() -> BatchDetector:
    installed = assemble(Options(enabled=True), os.environ)
    if installed.detector is None:
        raise ConfigError(installed.absence)
    return installed.detector
