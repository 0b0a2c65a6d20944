"""Identity: keys are compared by digest and never kept."""

import hashlib

import pytest

from gateway.core.errors import CallerError, ConfigError
from gateway.core.exchange import Caller
from gateway.providers.credentials import CREDENTIALS
from gateway.server.identity import ANYONE, Identity, identity
from gateway.server.settings import CallerSettings

KEY = "lictor-" + "some-key"
ENTRY = CallerSettings(
    id="shop", key_env="SHOP", tenant="blue", app="web", roles=("dev",), attributes={"region": "eu"}
)


@pytest.fixture
def known() -> Identity:
    return identity([ENTRY], {"SHOP": KEY})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"authorization", b"Bearer " + KEY.encode()),
        (b"authorization", b"bearer   " + KEY.encode()),
        (b"authorization", KEY.encode()),
        (b"x-api-key", KEY.encode()),
        (b"api-key", KEY.encode()),
        (b"x-goog-api-key", KEY.encode()),
    ],
)
def test_a_caller_is_known_by_its_key(known: Identity, name: bytes, value: bytes) -> None:
    caller = Caller("shop", "blue", "web", ("dev",), {"region": "eu"})
    assert known.caller([(b"x-other", b"1"), (name, value)]) == caller


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"")],
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"Bearer " + KEY.encode() + b"x")],
        [(b"authorization", b"Basic " + KEY.encode())],
        [(b"x-api-key", KEY.upper().encode())],
        [(b"x-lictor-key", KEY.encode())],
        [(b"x-api-key", b"\xff")],
    ],
)
def test_everybody_else_is_refused(known: Identity, headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(CallerError) as refusal:
        known.caller(headers)
    assert (refusal.value.status, refusal.value.code) == (401, "invalid_api_key")
    assert KEY not in refusal.value.message


def test_any_of_several_credentials_will_do(known: Identity) -> None:
    headers = [(b"authorization", b"Bearer other"), (b"x-api-key", KEY.encode())]
    assert known.caller(headers).key == "shop"


def test_keys_stay_here(known: Identity) -> None:
    assert known.required
    headers = [(name, KEY.encode()) for name in sorted(CREDENTIALS)]
    assert known.without_credentials([*headers, (b"accept", b"d")]) == [(b"accept", b"d")]


def test_without_callers_anyone_may_call_and_keeps_the_credential() -> None:
    nobody = identity([], {})
    headers = [(b"authorization", b"a")]
    assert not nobody.required
    assert nobody.caller(headers) is ANYONE
    assert nobody.without_credentials(headers) == headers


def test_a_key_may_be_given_by_its_digest() -> None:
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    known = identity([CallerSettings(id="shop", key_sha256=digest)], {})
    assert known.caller([(b"x-api-key", KEY.encode())]).key == "shop"


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([CallerSettings(id="a")], r"callers\.a: give either"),
        ([CallerSettings(id="a", key_env="SHOP", key_sha256="00")], r"callers\.a: give either"),
        ([CallerSettings(id="a", key_env="OTHER")], r"callers\.a\.key_env: .* OTHER is not set"),
        ([CallerSettings(id="a", key_sha256="xyz")], r"callers\.a\.key_sha256: not 64 hex"),
        ([CallerSettings(id="a", key_sha256="00ff")], r"callers\.a\.key_sha256: not 64 hex"),
        ([ENTRY, CallerSettings(id="b", key_env="SHOP")], r"callers\.b: its key is another caller's"),
    ],
)
def test_callers_that_cannot_be_told_apart(entries: list[CallerSettings], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        identity(entries, {"SHOP": KEY})
