"""One connection: a request goes out, its answer comes in, and again. Nothing here awaits."""

import asyncio
from math import inf
from typing import Protocol, cast

from gateway.providers.http1.answer import HIGH_WATER, Answer, Fault
from gateway.providers.http1.parsing import AnswerParser

# A body up to this size is one write with its head; a larger one goes out as the socket takes it.
_PIECE = 65536
_NOTHING = memoryview(b"")


class Home(Protocol):
    """Where connections live."""

    idle_timeout_s: float

    def opened(self, connection: "Connection") -> None:
        """The connection is there."""
        ...

    def free(self, connection: "Connection") -> None:
        """The exchange is over, and the connection can carry another one."""
        ...

    def retire(self, connection: "Connection") -> None:
        """The connection must not be used any more."""
        ...

    def gone(self, connection: "Connection") -> None:
        """The connection's socket is closed."""
        ...


class Connection(asyncio.Protocol):
    """Carries one exchange at a time.

    One timer serves all deadlines: a later deadline is only noted, and looked at when the timer rings.
    """

    __slots__ = (
        "_alarm", "_alarm_at", "_answer", "_blocked", "_deadline", "_fault", "_home", "_latest", "_loop",
        "_parser", "_paused", "_silence_s", "_transport", "_unsent", "used",
    )  # fmt: skip

    def __init__(self, home: Home, loop: asyncio.AbstractEventLoop) -> None:
        self.used = False
        """Whether it has carried an exchange before."""
        self._home = home
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser = AnswerParser()
        self._answer: Answer | None = None
        self._fault: Fault | None = None
        self._unsent = _NOTHING
        self._blocked = self._paused = False
        self._silence_s = self._latest = self._deadline = self._alarm_at = inf
        self._alarm: asyncio.TimerHandle | None = None

    def start(self, answer: Answer, head: bytes, body: bytes, silence_s: float, latest: float) -> None:
        """Send a request. ``silence_s`` is the longest wait for a byte, ``latest`` the end of it all."""
        if self._fault is not None or self._transport is None:
            answer.fail(self._fault or Fault.CLOSED)
            self._home.retire(self)
            return
        self._answer = answer
        self._silence_s, self._latest = silence_s, latest
        self._listen()
        if len(body) <= _PIECE:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._unsent = memoryview(body)
            self._pump()

    def resume(self) -> None:
        """The reader has caught up."""
        if self._paused and self._transport is not None and self._fault is None:
            self._paused = False
            self._transport.resume_reading()
            self._listen()

    def close(self, fault: Fault) -> None:
        """Close at once, so that the upstream stops its work; what was not sent yet never is."""
        if self._fault is not None:
            return
        self._fault = fault
        self._unsent = _NOTHING
        if self._alarm is not None:
            self._alarm.cancel()
        if self._transport is not None:
            self._transport.abort()
        self._home.retire(self)
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.fail(fault)

    # --- called by the event loop -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Both loops have set TCP_NODELAY."""
        self._transport = cast("asyncio.Transport", transport)
        self._home.opened(self)

    def data_received(self, data: bytes) -> None:
        """One read is one chunk of the body, however many HTTP chunks were in it."""
        answer = self._answer
        if answer is None:  # RFC 9112 section 9.2: what belongs to no request is not an answer
            self.close(Fault.INVALID)
            return
        valid = self._parser.feed(data)
        self._deliver(answer)
        if self._parser.complete:
            self._finish(reusable=valid and self._parser.reusable)
        elif valid:
            self._go_on(answer)
        else:
            self.close(Fault.INVALID)

    def eof_received(self) -> None:
        """A proper end; over TLS only after a closure alert, so no body is cut unseen (RFC 9112 9.8)."""
        answer = self._answer
        if answer is not None and self._parser.end():
            self._deliver(answer)
            self._finish(reusable=False)
        self._lost(Fault.CLOSED)

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, by whomever."""
        self._lost(Fault.CLOSED if exc is None else Fault.RESET)
        self._transport = None
        self._home.gone(self)

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self._blocked = True

    def resume_writing(self) -> None:
        """The upstream has read something, which breaks the silence as well."""
        self._blocked = False
        if self._unsent:
            self._pump()
            self._listen()

    # --- the exchange -------------------------------------------------------------------------------------

    def _pump(self) -> None:
        """Send on, unless the upstream has refused already and will not read it (RFC 9112 section 9.5)."""
        answer = self._answer
        if self._transport is None or answer is None or answer.status >= 400:
            return
        while self._unsent and not self._blocked:
            piece, self._unsent = self._unsent[:_PIECE], self._unsent[_PIECE:]
            self._transport.write(piece)

    def _deliver(self, answer: Answer) -> None:
        """Hand over what the parser has."""
        parser = self._parser
        answer.begun = True
        if parser.status and not answer.status:
            answer.status, answer.fields = parser.status, parser.fields
        if pieces := parser.pieces:
            answer.push(pieces[0] if len(pieces) == 1 else b"".join(pieces))
            pieces.clear()
        answer.complete = parser.complete
        answer.wake()

    def _go_on(self, answer: Answer) -> None:
        """Wait for more, unless the reader is behind."""
        if answer.size <= HIGH_WATER or self._transport is None:
            self._listen()
        elif not self._paused:
            self._paused = True
            self._transport.pause_reading()
            self._expect(self._latest)

    def _finish(self, *, reusable: bool) -> None:
        self._answer = None
        if not reusable or self._unsent or self._fault is not None:
            self.close(Fault.CLOSED)
            return
        self._parser.expect()
        self.used = True
        self.resume()
        self._expect(self._loop.time() + self._home.idle_timeout_s)
        self._home.free(self)

    def _lost(self, fault: Fault) -> None:
        begun = self._answer is not None and self._answer.begun
        self.close(Fault.CUT if begun else fault)

    # --- time ---------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        self._expect(min(self._loop.time() + self._silence_s, self._latest))

    def _expect(self, deadline: float) -> None:
        self._deadline = deadline
        if deadline < self._alarm_at:
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm_at = deadline
            self._alarm = self._loop.call_at(deadline, self._ring)

    def _ring(self) -> None:
        self._alarm, self._alarm_at = None, inf
        if self._loop.time() < self._deadline:
            self._expect(self._deadline)
        else:
            self.close(Fault.TIMEOUT)
