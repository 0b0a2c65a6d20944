"""Whose credential goes to which upstream, and in which field."""

from collections.abc import Iterable, Mapping

from gateway.providers.upstream import Dialect, Upstream

Field = tuple[bytes, bytes]

CREDENTIALS = frozenset({b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key"})

_ANTHROPIC_VERSION = (b"anthropic-version", b"2023-06-01")


def fixed_fields(upstream: Upstream) -> tuple[Field, ...]:
    """The fields that are the same in every request to the upstream."""
    fields = [(name.lower().encode(), value.encode()) for name, value in upstream.headers.items()]
    if upstream.key is not None:
        fields.append(credential(upstream.dialect, upstream.key.encode()))
    return (*fields, (b"accept-encoding", b"identity"))


def replaced_names(upstream: Upstream) -> frozenset[bytes]:
    """The caller's fields that must not reach the upstream.

    With a key of the gateway's own, every credential of the caller is dropped: also one that this
    dialect does not read, since it would be shown to a stranger.
    """
    names = frozenset(name for name, _ in fixed_fields(upstream))
    return names if upstream.key is None else names | CREDENTIALS


def defaults(upstream: Upstream) -> tuple[Field, ...]:
    """Fields that the provider insists on and that a caller may set otherwise."""
    return (_ANTHROPIC_VERSION,) if upstream.dialect == "anthropic" else ()


def secret_for(upstream: Upstream, headers: Iterable[Field]) -> str:
    """The bare credential for the upstream: its own, or else the caller's. Empty where there is none."""
    if upstream.key is not None:
        return upstream.key
    for name, value in headers:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return value[7:].strip().decode("latin-1")
        if name in CREDENTIALS and name != b"authorization":
            return value.strip().decode("latin-1")
    return ""


_NAMES: Mapping[Dialect, bytes] = {
    "anthropic": b"x-api-key",
    "azure": b"api-key",
    "gemini": b"x-goog-api-key",
}


def credential(dialect: Dialect, key: bytes) -> Field:
    """The field in which the dialect carries a credential."""
    name = _NAMES.get(dialect)
    return (b"authorization", b"Bearer " + key) if name is None else (name, key)
