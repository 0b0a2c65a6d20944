"""The HTTP/1.1 server protocol, with refusals in the caller's dialect.

What the HTTP parser refuses (two content lengths, a bare line feed, a malformed chunk: the stuff of
request smuggling) never becomes an ASGI call, so the refusal is made here, and recorded too.
"""

import re
from collections.abc import Awaitable, Callable, Sequence

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from gateway.core.errors import CallerError
from gateway.flow.commands import Reply

Unparsable = Callable[[str, Sequence[tuple[bytes, bytes]], CallerError], Awaitable[Reply]]
"""Given the path, the headers as far as they were read and what is wrong: the recorded refusal."""

STATE_KEY = "unparsable"
"""Where the application leaves its :data:`Unparsable` in the lifespan state."""

REFUSED = "lictor.refused"
"""In the scope of a call that was refused here while the application waited for its body."""

HEAD_LIMIT = 64 * 1024
"""Largest request line and headers together; upstreams stop far below."""

_UPGRADE = re.compile(rb"\n[Uu][Pp][Gg][Rr][Aa][Dd][Ee]:[^\r\n]*\r")


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, with its own plain-text 400 replaced, and with a limit on the head."""

    _in_head = False
    _head_bytes = 0
    _fault: CallerError | None = None

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and count what it keeps of a head that does not end."""
        if self._fault is not None:
            return
        super().data_received(data if self._in_head or self._half_read() else _without_upgrade(data))
        if self._in_head and self._fault is None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_LIMIT:
                self._refuse(_too_long())

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head. One behind the body must not pass for it (RFC 9110 section 6.5.1)."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole: the call begins."""
        self._in_head = False
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_LIMIT:
            self._refuse(_too_long())
            raise ValueError("the head is too long")
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the dialect that the path suggests."""
        if STATE_KEY not in self.app_state:
            super().send_400_response(msg)
        elif self._fault is None:
            self._refuse(CallerError(400, "malformed_http", "the bytes received are no HTTP/1.1 request"))

    def _refuse(self, fault: CallerError) -> None:
        """The last thing that happens on a connection."""
        self._fault = fault
        self.transport.pause_reading()
        silent = self._answering()
        if self._half_read():
            # The application waits for the rest of the body, which will not come.
            self.scope[REFUSED] = True  # type: ignore[literal-required]
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        task = self.loop.create_task(self._refused(fault, silent=silent))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _half_read(self) -> bool:
        """Whether a call has begun whose body is not complete."""
        cycle: RequestResponseCycle | None = self.cycle  # None until the first request
        return cycle is not None and cycle.more_body and not cycle.response_complete

    def _answering(self) -> bool:
        """Whether bytes of ours would be taken for the answer to an earlier request."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            return False
        return bool(self.pipeline) or cycle.response_started or not cycle.more_body

    async def _refused(self, fault: CallerError, *, silent: bool) -> None:
        refuse: Unparsable = self.app_state[STATE_KEY]
        path = self.url.split(b"?")[0].decode("latin-1")
        try:
            reply = await refuse(path, self.headers, fault)
            if not silent:
                self.transport.write(_http(reply))
        finally:
            self.transport.close()


def _without_upgrade(data: bytes) -> bytes:
    """An offer to speak another protocol may be ignored (RFC 9110 section 7.8); the parser would drop the
    body of a request that makes one, as Java's client does with each."""
    end = data.find(b"\r\n\r\n")
    found = _UPGRADE.search(data, 0, end + 2) if end >= 0 else None
    return data[: found.start()] + data[found.end() :] if found else data


def _too_long() -> CallerError:
    return CallerError(431, "headers_too_large", f"request line and headers exceed {HEAD_LIMIT} bytes")


def _http(reply: Reply) -> bytes:
    fields = [
        *reply.headers,
        (b"content-length", b"%d" % len(reply.body)),
        (b"connection", b"close"),
    ]
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
    return STATUS_LINE[reply.status] + lines + b"\r\n" + reply.body
