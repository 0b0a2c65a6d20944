"""Syslog servers: datagrams (RFC 5426), octet-counted streams (RFC 6587, section 3.4.1), and TLS (RFC 5425).

None of these has an answer to a message. Over TCP and TLS, :meth:`Stream.send` returns once the server's
machine has everything, where the system tells (Linux): what its process then loses is beyond our knowledge.
A datagram may be lost anywhere.
"""

import fcntl
import select
import socket
import ssl
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from gateway.audit.export.entry import Entry
from gateway.audit.export.formats.base import MessageFormat
from gateway.audit.export.targets.base import Undelivered

TIMEOUT_S = 10.0
"""To connect, to write and to see a batch arrive."""

_LOOK_S = 0.002
"""Between two looks at what has arrived."""


class Datagrams:
    """One datagram a message."""

    lasting = True

    def __init__(self, host: str, port: int, form: MessageFormat) -> None:
        self._address, self._form = (host, port), form
        self._socket: socket.socket | None = None

    def send(self, entries: Sequence[Entry]) -> None:
        """Returns when they are on their way; nobody says whether they arrive."""
        try:
            if self._socket is None:
                self._socket = _connected(*self._address, socket.SOCK_DGRAM)
            for message in _messages(entries, self._form):
                self._socket.send(message)
        except OSError as error:
            self.abandon()
            raise Undelivered(str(error.strerror or error)) from error

    def finish(self) -> None:
        """Close the socket."""
        self.abandon()

    def abandon(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None


class Stream:
    """Messages behind their length, over one connection that is made anew after a fault."""

    lasting = True

    def __init__(self, host: str, port: int, form: MessageFormat, tls: ssl.SSLContext | None = None) -> None:
        self._address, self._form, self._tls = (host, port), form, tls
        self._socket: socket.socket | None = None

    def send(self, entries: Sequence[Entry]) -> None:
        """Returns when the server's machine has them all."""
        data = b"".join(b"%d %s" % (len(one), one) for one in _messages(entries, self._form))
        try:
            if self._socket is None or _gone(self._socket):
                self.abandon()
                self._socket = self._connect()
            self._socket.sendall(data)
            _drained(self._socket)
        except OSError as error:
            self.abandon()
            raise Undelivered(str(error.strerror or error)) from error

    def finish(self) -> None:
        """End the stream, and let the server end its side."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
                while self._socket.recv(4096):
                    pass
        self.abandon()

    def abandon(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _connect(self) -> socket.socket:
        plain = _connected(*self._address, socket.SOCK_STREAM)
        if self._tls is None:
            return plain
        try:
            return self._tls.wrap_socket(plain, server_hostname=self._address[0])
        except OSError:
            plain.close()
            raise


def tls_context(authority: str | None, certificate: str | None) -> ssl.SSLContext:
    """TLS as a client that checks the server's certificate and name.

    Args:
        authority: file with the certificates (PEM) to trust instead of the system's.
        certificate: file with our certificate and its key (PEM).

    Raises:
        OSError: a file cannot be read, or has no such thing in it.
    """
    context = ssl.create_default_context(cafile=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        context.load_cert_chain(certificate)
    return context


def _messages(entries: Sequence[Entry], form: MessageFormat) -> Iterator[bytes]:
    for entry in entries:
        yield from form.messages(entry)


def _connected(host: str, port: int, kind: socket.SocketKind) -> socket.socket:
    """A socket to the first address of the host that answers."""
    fault: OSError = OSError(f"{host} has no address")
    for family, _, proto, _, address in socket.getaddrinfo(host, port, type=kind):
        made = socket.socket(family, kind, proto)
        made.settimeout(TIMEOUT_S)
        try:
            made.connect(address)
        except OSError as error:
            made.close()
            fault = error
        else:
            return made
    raise fault


def _gone(connection: socket.socket) -> bool:
    """Whether the server has ended the connection: it says nothing else."""
    readable, _, _ = select.select([connection], [], [], 0)
    if not readable:
        return False
    try:
        connection.settimeout(0)
        return not connection.recv(4096)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False  # a session ticket of TLS
    except OSError:
        return True
    finally:
        connection.settimeout(TIMEOUT_S)


def _drained(connection: socket.socket) -> None:
    """Wait until the other machine has acknowledged every byte, where the system can tell."""
    deadline = time.monotonic() + TIMEOUT_S
    while _unacknowledged(connection):
        if _gone(connection):
            raise ConnectionResetError("the server ended the connection")
        if time.monotonic() > deadline:
            raise TimeoutError("the server does not take what it is sent")
        time.sleep(_LOOK_S)
    if _gone(connection):
        raise ConnectionResetError("the server ended the connection")


def _unacknowledged(connection: socket.socket) -> int:
    try:
        left = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4))
    except OSError:
        return 0
    return int.from_bytes(left, "little")
