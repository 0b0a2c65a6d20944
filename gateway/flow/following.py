"""Following a stream: what was judged leaves at once, and nothing else does.

The upstream's bytes become frames (:mod:`gateway.wire.stream`), the frames windows
(:mod:`gateway.flow.streaming`); what policy lets out of them leaves, before the next is read. The last of a
stream leaves when the record of it is durable.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from gateway.core.errors import PolicyFault, UpstreamError
from gateway.core.exchange import Outcome
from gateway.core.segment import Segment
from gateway.flow.account import Account, ending
from gateway.flow.answers import ended, stream_fault
from gateway.flow.commands import Flow, Next, Start, Write
from gateway.flow.judging import Judged, Subject
from gateway.flow.reading import unread
from gateway.flow.streaming import HELD_LIMIT, Looking, Windows
from gateway.policy.plan import Plan
from gateway.providers.client import UpstreamResponse
from gateway.wire.sse import Frame
from gateway.wire.stream import StreamReader


class Following:
    """One stream on its way to the caller."""

    def __init__(
        self, account: Account, plan: Plan, response: UpstreamResponse, reader: StreamReader
    ) -> None:
        self.begun = False
        """Whether the caller has the beginning of an answer already."""

        self._account = account
        self._plan = plan
        self._response = response
        self._reader = reader
        self._windows = Windows(reader, self._pose, account.placeholders, account.clock)
        self._bytes_out = 0

    def live(self) -> Flow:
        """From the stream's first byte to its last, or to where policy stops it.

        Raises:
            UpstreamError: it broke off, or has a part that is too long to check.
            PolicyFault: policy could not be asked.
        """
        reader = self._reader
        while (chunk := (yield Next(self._response))) is not None:
            self._account.clock.lap("upstream")
            stop = yield from self._take(reader.framing.feed(chunk))
            if stop is not None:
                yield from self._cut_off(stop)
                return
        stop = None
        for frame in reader.framing.close():
            stop = stop or (yield from self._read(frame))
        reader.close()
        stop = stop or (yield from self._windows.finish())
        self._learn()
        yield from self._close() if stop is None else self._cut_off(stop)

    def fault(self, body: bytes) -> bytes:
        """How the caller is told that the stream it is getting has broken off."""
        return self._reader.fault(body) or stream_fault(self._account.call.endpoint.dialect.family, body)

    def _take(self, frames: Sequence[Frame]) -> Looking:
        """Read what came, and let out what may leave. What stops the stream, or None."""
        due: list[bytes] = []
        stop = None
        try:
            for frame in frames:
                stop = yield from self._read(frame)
                if stop is not None:
                    break
                if self._reader.tape.begun:
                    due.append(self._account.noted(self._reader.tape.release()))
        except (UpstreamError, PolicyFault):
            yield from self._let_out(b"".join(due))
            raise
        yield from self._let_out(b"".join(due))
        return stop

    def _read(self, frame: Frame) -> Looking:
        """One frame at a time, so that neither a verdict nor the order in which frames leave depends on how
        many came at once. What stops the stream, or None."""
        self._reader.feed(frame)
        stop = yield from self._windows.look()
        self._learn()
        if stop is None and self._reader.tape.held_bytes > HELD_LIMIT:
            raise UpstreamError("protocol", "The upstream's stream has a part that is too long to check.")
        return stop

    def _learn(self) -> None:
        account = self._account
        account.response, account.restored = self._windows.judged, self._windows.restored

    def _pose(self, segments: Sequence[Segment], rewritable: Callable[[str], bool]) -> Subject:
        so_far = replace(unread(), segments=segments, rewritable=rewritable, finish=self._reader.finish)
        return self._account.answer(self._plan, so_far, self._response.status)

    def _let_out(self, body: bytes) -> Flow:
        if not body:
            return
        if not self.begun:
            yield Start(self._response.status, self._account.labelled(self._response))
            self.begun = True
        self._bytes_out += len(body)
        if self._account.keeps:
            self._account.released.append(body)
        yield Write(body)

    def _close(self) -> Flow:
        """The last of it leaves when the record of it is durable. Half a stream must not look like one."""
        reader = self._reader
        if not (reader.complete or reader.finish or reader.error):
            raise UpstreamError("protocol", "The upstream's stream ended before the answer was complete.")
        yield from self._end(
            self._account.noted(reader.tape.release()),
            Outcome(
                self._response.status,
                "upstream_error" if reader.error else "complete",
                "upstream_stream_error" if reader.error else "",
            ),
        )

    def _cut_off(self, judged: Judged) -> Flow:
        """Policy stops a stream. What it let out before has left, or leaves now; nothing else does."""
        reader = self._reader
        if not reader.tape.begun:
            yield from self._account.stop_response(judged, reader.usage)
            return
        yield from self._end(
            reader.tape.cut_off() + ended(self._account.call, judged, reader),
            Outcome(self._response.status, ending(judged), judged.decision.stopping_rule),
        )

    def _end(self, body: bytes, outcome: Outcome) -> Flow:
        """The closing record, then the last bytes."""
        size, reader = self._bytes_out + len(body), self._reader
        whole = outcome._replace(bytes_out=size, usage=reader.usage, finish=reader.finish)
        yield self._account.outcome(whole, body)
        yield from self._let_out(body)
