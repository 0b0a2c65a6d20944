"""Which header fields cross the gateway, and in which direction.

Fields pass unless there is a reason against them, so what a provider or an SDK invents tomorrow
works tomorrow. The reasons are listed beside the names. Both functions run on each exchange: one
pass over the fields, with prebuilt sets.
"""

from collections.abc import Iterable

Field = tuple[bytes, bytes]

HOP_BY_HOP = frozenset(
    {
        # RFC 9110 section 7.6.1, with the two of section 11.7 that speak to the next proxy only.
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)

_NOT_UPSTREAM = HOP_BY_HOP | {
    # Written anew for the next connection (RFC 9110 sections 7.2, 8.6, 10.1.1, 12.5.3).
    b"accept-encoding",
    b"content-length",
    b"expect",
    b"host",
    # The body that is checked and sent is the decoded one (RFC 9110 section 8.4).
    b"content-encoding",
    # Who the caller is and how it came here is no business of the provider (RFC 7239).
    b"cf-connecting-ip",
    b"cookie",
    b"cookie2",
    b"forwarded",
    b"origin",
    b"referer",
    b"true-client-ip",
    b"via",
    b"x-client-ip",
    b"x-cluster-client-ip",
    b"x-real-ip",
}
_NOT_UPSTREAM_PREFIXES = (b"x-lictor-", b"x-forwarded-", b"x-envoy-", b"sec-fetch-")

_NOT_CALLER = HOP_BY_HOP | {
    # The body may have been decoded or rewritten, so what described the old one is untrue.
    b"content-digest",
    b"content-encoding",
    b"content-length",
    b"content-md5",
    b"digest",
    b"repr-digest",
    # These speak about the upstream's host, and would bind the caller's view of ours to it.
    b"alt-svc",
    b"clear-site-data",
    b"nel",
    b"report-to",
    b"reporting-endpoints",
    b"set-cookie",
    b"set-cookie2",
    b"strict-transport-security",
    # The gateway's server writes its own.
    b"date",
    b"server",
}
_NOT_CALLER_PREFIXES = (b"x-lictor-", b"access-control-")


def to_upstream(headers: Iterable[Field]) -> list[Field]:
    """The caller's fields that go on to the provider, with lower-case names.

    Credentials are among them: whether they are sent is decided for each upstream.
    """
    return _kept(headers, _NOT_UPSTREAM, _NOT_UPSTREAM_PREFIXES)


def to_caller(headers: Iterable[Field]) -> list[Field]:
    """The provider's fields that go back to the caller, with lower-case names.

    ``x-request-id``, ``request-id``, ``retry-after``, ``x-should-retry``, rate limits and whatever
    else a provider's SDK reads are kept because nothing speaks against them.
    """
    return _kept(headers, _NOT_CALLER, _NOT_CALLER_PREFIXES)


def end_to_end(headers: Iterable[Field]) -> list[Field]:
    """All fields but the hop-by-hop ones, with lower-case names."""
    return _kept(headers, HOP_BY_HOP, ())


def _kept(headers: Iterable[Field], dropped: frozenset[bytes], prefixes: tuple[bytes, ...]) -> list[Field]:
    kept: list[Field] = []
    named: set[bytes] = set()
    for raw, value in headers:
        name = raw.lower()
        if name in dropped:
            if name == b"connection":
                named.update(token.strip().lower() for token in value.split(b","))
        elif not name.startswith(prefixes):
            kept.append((name, value))
    # RFC 9110 section 7.6.1: Connection may name further fields, before or after itself.
    if named - dropped - _COMMON_OPTIONS:
        return [field for field in kept if field[0] not in named]
    return kept


_COMMON_OPTIONS = frozenset({b"", b"close"})
