"""Syslog servers: datagrams (RFC 5426), octet-counted streams (RFC 6587, section 3.4.1), and TLS (RFC 5425).

Syslog has no answer to a message. That bytes were acknowledged says only that the server's machine has them;
its process may still lose them. So each batch has a connection of its own, which we end first: a server
that has read everything ends its side too, and one that dies before resets it. A datagram may get lost.
"""

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress

from gateway.audit.export.entry import Entry
from gateway.audit.export.formats.base import MessageFormat
from gateway.audit.export.targets.base import Undelivered

TIMEOUT_S = 10.0
"""To connect, to write, and for the server to end its side."""


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
    """Messages behind their length, a connection for a batch."""

    lasting = True

    def __init__(self, host: str, port: int, form: MessageFormat, tls: ssl.SSLContext | None = None) -> None:
        self._address, self._form, self._tls = (host, port), form, tls

    def send(self, entries: Sequence[Entry]) -> None:
        """Returns when the server has read everything."""
        data = b"".join(b"%d %s" % (len(one), one) for one in _messages(entries, self._form))
        try:
            with self._connected() as connection:
                connection.sendall(data)
                _end(connection)
        except TimeoutError as error:
            raise Undelivered("the server does not say that it has read everything") from error
        except OSError as error:
            raise Undelivered(str(error.strerror or error)) from error

    def finish(self) -> None:
        """Nothing is open."""

    def abandon(self) -> None:
        """Nothing is open."""

    def _connected(self) -> socket.socket:
        plain = _connected(*self._address, socket.SOCK_STREAM)
        if self._tls is None:
            return plain
        try:
            return self._tls.wrap_socket(plain, server_hostname=self._address[0])
        except OSError:
            plain.close()
            raise


def _end(connection: socket.socket) -> None:
    """End our side, and wait until the server has ended its own. Raises OSError where it breaks off."""
    if isinstance(connection, ssl.SSLSocket):
        with suppress(ssl.SSLEOFError):  # a server that ends without TLS's own good-bye
            connection.unwrap()
        return
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(4096):
        pass


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
