"""``POST /v1/moderations``: the classifiers without a proxied call.

Callers are known as everywhere. A refusal is recorded as everywhere; an answer is not, since a score is no
decision and nothing is released.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.audit.record import refused_record
from gateway.core.errors import CallerError, RecordFault
from gateway.detect.detector import BatchDetector, Report
from gateway.server.body import Departed, read_body
from gateway.server.driver import Recorder, Send
from gateway.server.identity import ANYONE, Identity
from gateway.server.ids import Ids, now_ms
from gateway.server.watch import Receive
from gateway.wire.dialect import Envelope
from gateway.wire.openai_moderations import Errors
from gateway.wire.openai_moderations.request import Question, questions
from gateway.wire.openai_moderations.response import Scores, answer

DEADLINE_S: Final = 30.0
ENDPOINT: Final = "moderations"


@dataclass(frozen=True, slots=True)
class Moderations:
    """The ASGI application of that one route."""

    detector: BatchDetector
    identity: Identity
    ids: Ids
    body_limit: int
    recorder: Callable[[], Recorder]
    """Asked for with each call: the log is opened after this is made."""

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one call."""
        id_ = self.ids.next(now_ms())
        try:
            envelope = await self._answer(id_, scope, receive)
        except CallerError as error:
            envelope = await self._refused(id_, error)
        except Departed:
            return
        size = (b"content-length", b"%d" % len(envelope.body))
        await send(
            {"type": "http.response.start", "status": envelope.status, "headers": [*envelope.headers, size]}
        )
        await send({"type": "http.response.body", "body": envelope.body})

    async def _refused(self, id_: str, error: CallerError) -> Envelope:
        record = refused_record(
            id_,
            endpoint=ENDPOINT,
            dialect=ENDPOINT,
            status=error.status,
            code=error.code,
            caller=ANYONE,
            received_ms=now_ms(),
        )
        try:
            await self.recorder().append_all([record])
        except RecordFault:
            return Errors().fault(503, "record_unavailable", "the refusal could not be recorded", id_)
        return Errors().refusal(error, id_)

    async def _answer(self, id_: str, scope: Mapping[str, Any], receive: Receive) -> Envelope:
        if scope["method"] != "POST":
            raise CallerError(405, "method_not_allowed", "moderations are asked for with POST")
        self.identity.caller(scope["headers"])
        asked = questions(await read_body(receive, scope["headers"], self.body_limit))
        try:
            async with asyncio.timeout(DEADLINE_S):
                reports = await self.detector.detect_batch([text for question in asked for text in question])
        except TimeoutError:
            return Errors().fault(504, "timeout", "the classifiers did not answer in time", id_)
        if missing := next((report for report in reports if report.incomplete), None):
            return _unjudged(missing, id_)
        return answer(id_.replace("lx-", "modr-"), self.detector.version, _results(asked, reports))


def _unjudged(report: Report, id_: str) -> Envelope:
    """A score that speaks of half a text would be taken for one of the whole."""
    if not report.looked:
        return Errors().fault(503, report.incomplete, "too much is waiting for the classifiers", id_)
    if report.incomplete == "too_long":
        raise CallerError(400, report.incomplete, "the input is too long to be judged whole", "/input")
    return Errors().fault(500, "internal_error", "the classifiers failed on this input", id_)


def _results(asked: Sequence[Question], reports: Sequence[Report]) -> list[Scores]:
    rest = iter(reports)
    return [_together([next(rest) for _ in question]) for question in asked]


def _together(reports: Sequence[Report]) -> Scores:
    """Texts that are judged together: the highest score of any of them."""
    names = {name for report in reports for name in report.scores}
    best = {name: max(report.scores.get(name, 0.0) for report in reports) for name in sorted(names)}
    hits = {(hit.category, hit.label) for report in reports for hit in report.hits}
    return Scores(best, {name for name in best if _split(name) in hits})


def _split(name: str) -> tuple[str, str]:
    category, _, label = name.partition("/")
    return category, label or category
