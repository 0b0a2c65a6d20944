from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.providers.headers import HOP_BY_HOP, to_caller, to_upstream

Clean = Callable[[list[tuple[bytes, bytes]]], list[tuple[bytes, bytes]]]

UPSTREAM_KEEPS = """accept anthropic-beta anthropic-version authorization content-type idempotency-key
    openai-beta openai-organization openai-project traceparent tracestate user-agent x-api-key
    x-stainless-lang x-stainless-retry-count x-request-id x-something-new""".split()
UPSTREAM_DROPS = """accept-encoding connection content-encoding content-length cookie expect forwarded host
    keep-alive proxy-authorization proxy-connection referer te trailer transfer-encoding true-client-ip
    upgrade via x-envoy-peer x-forwarded-for x-forwarded-host x-lictor-decision-id x-lictor-key
    x-real-ip""".split()
CALLER_KEEPS = """anthropic-ratelimit-tokens-remaining cache-control content-type location openai-organization
    openai-processing-ms openai-version request-id retry-after retry-after-ms www-authenticate
    x-ratelimit-remaining-requests x-request-id x-should-retry x-something-new""".split()
CALLER_DROPS = """access-control-allow-origin alt-svc connection content-encoding content-length content-md5
    date digest keep-alive nel proxy-authenticate server set-cookie strict-transport-security trailer
    transfer-encoding upgrade x-lictor-decision-id""".split()


@pytest.mark.parametrize(
    ("clean", "kept", "dropped"),
    [(to_upstream, UPSTREAM_KEEPS, UPSTREAM_DROPS), (to_caller, CALLER_KEEPS, CALLER_DROPS)],
)
@pytest.mark.parametrize("spell", [str.lower, str.title])
def test_table(clean: Clean, kept: list[str], dropped: list[str], spell: Callable[[str], str]) -> None:
    sent = [(spell(name).encode(), b"1") for name in kept + dropped]
    assert clean(sent) == [(name.encode(), b"1") for name in kept]


@pytest.mark.parametrize("clean", [to_upstream, to_caller])
@pytest.mark.parametrize("reverse", [False, True])
def test_connection_names_further_fields(clean: Clean, *, reverse: bool) -> None:
    fields = [
        (b"connection", b"close, X-Hop ,x-other"),
        (b"x-hop", b"1"),
        (b"x-other", b"2"),
        (b"x-end", b"3"),
    ]
    assert clean(fields[::-1] if reverse else fields) == [(b"x-end", b"3")]


def test_repeated_fields_and_their_order_survive() -> None:
    fields = [(b"x-a", b"1"), (b"x-b", b"2"), (b"x-a", b"3")]
    assert to_upstream(fields) == fields


NAMES = st.from_regex(rb"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True) | st.sampled_from(sorted(HOP_BY_HOP))
FIELDS = st.lists(st.tuples(NAMES, st.binary(max_size=8)))


@given(FIELDS)
def test_never_adds_never_changes_a_value_never_keeps_a_hop(fields: list[tuple[bytes, bytes]]) -> None:
    for clean in (to_upstream, to_caller):
        lowered = [(name.lower(), value) for name, value in fields]
        kept = clean(fields)
        rest = iter(lowered)
        assert all(field in rest for field in kept)  # a subsequence
        assert not {name for name, _ in kept} & HOP_BY_HOP
        assert clean(kept) == kept
