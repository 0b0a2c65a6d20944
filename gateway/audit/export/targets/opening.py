"""From an address to a target."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from gateway.audit.export.formats.registry import MESSAGES
from gateway.audit.export.formats.syslog import Syslog
from gateway.audit.export.targets.base import Target
from gateway.audit.export.targets.syslog import Datagrams, Stream, tls_context

HTTP = ("http", "https")
SYSLOG = {"syslog+udp": 514, "syslog+tcp": 514, "syslog+tls": 6514}
"""Schemes, and their ports where none is named (RFC 5426, RFC 6587, RFC 5425)."""

BODIES = ("syslog", "jsonl", "ocsf", "cef")
"""Formats whose messages syslog carries."""


class AddressError(ValueError):
    """No target has such an address, or it does not take the format."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Files (PEM) for connections with TLS."""

    authority: str | None = None
    """Certificates to trust instead of the system's."""

    certificate: str | None = None
    """Our own certificate, with its key."""


def open_target(address: str, form: str, credentials: Credentials = Credentials()) -> Target:
    """The target at an address, for a format by name. Connections are made when something is sent.

    Raises:
        AddressError: see there.
        OSError: a file of the credentials cannot be read.
    """
    try:
        url = urlsplit(address)
        port = url.port
    except ValueError as error:
        raise AddressError(f"{address}: {error}") from error
    if not url.hostname:
        raise AddressError(
            f"{address!r} names no host: write {', '.join([*SYSLOG, *HTTP])} with ://host:port"
        )
    if url.scheme in HTTP:
        return _collector(address, form, credentials)
    if url.scheme in SYSLOG:
        return _syslog(url, port or SYSLOG[url.scheme], form, credentials)
    raise AddressError(f"{url.scheme}: the schemes are {', '.join([*SYSLOG, *HTTP])}")


def _collector(address: str, form: str, credentials: Credentials) -> Target:
    if form != "otlp":
        raise AddressError(f"{form} is not sent over HTTP: otlp is")
    try:
        from gateway.audit.export.targets.collector import Collector

        return Collector(address, authority=credentials.authority, certificate=credentials.certificate)
    except ImportError as error:
        raise AddressError(f"{error.name} is not installed; it comes with the extra `otel`") from error


def _syslog(url: SplitResult, port: int, form: str, credentials: Credentials) -> Target:
    if form not in BODIES:
        raise AddressError(f"{form} is not sent by syslog: {', '.join(BODIES)} are")
    message = MESSAGES[form] if form == "syslog" else Syslog(MESSAGES[form])
    host = url.hostname or ""
    if url.scheme == "syslog+udp":
        return Datagrams(host, port, message)
    tls = tls_context(credentials.authority, credentials.certificate) if url.scheme == "syslog+tls" else None
    return Stream(host, port, message, tls)
