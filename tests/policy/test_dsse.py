"""DSSE against the specification's own example, another maker's envelopes, and whoever changes one."""

import contextlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import ConfigError
from gateway.policy.dsse import pae, parse, sign, signers
from gateway.policy.keyring import Algorithm, Key, Keyring, Public, generate, parse_public

NOW = 1_700_000_000_000
HELLO = (
    b'{"payload": "aGVsbG8gd29ybGQ=", "payloadType": "http://example.com/HelloWorld", "signatures": [{"sig": '
    b'"A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}'
)
POINT = (
    46950820868899156662930047687818585632848591499744589407958293238635476079160,
    5640078356564379163099075877009565129882514886557779369047442380624545832820,
)
# Made with securesystemslib 1.6.0; both keys are forgotten.
THEIRS = {
    "MCowBQYDK2VwAyEA/xfXhLH1NCGlC5zaNIO86h8HEJs63tFs+3PTPBA5CgU=": (
        "IYitZVfUNbcQyKMYpHMwkjrRY9GHXr85pd227P0DD8Y/YLWYJ84YVTAKpzowODeMpkFzzyC3kO/S7pbATFYhCg=="
    ),
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbPp9TelcunfdsQ3UgIN8L0TqYOZD\n"
    "WyX9/VbZ45V/ZNNDUaDU+u4CFF2uR3VNgBt3mGNJbuft3o7GrkfgL7FRew==": (
        "MEQCIDni+NiKuTN9uMg4DSyClivQW1TlBomGHf4t8IxApkJMAiB4E9w57kSxCdJoS5zSTHbZHBs0v3tMmnIApNpcYTpk1w=="
    ),
}


def ring(public: Public, **more: int) -> Keyring:
    return Keyring.of([Key("k1", public, **more)], skew_ms=0)  # type: ignore[arg-type]


def test_the_example_of_the_specification() -> None:
    envelope = parse(HELLO, "here")
    assert pae(envelope.kind, envelope.payload) == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    public = ec.EllipticCurvePublicNumbers(*POINT, ec.SECP256R1()).public_key()
    assert signers(envelope, ring(public), NOW) == ("k1",)
    assert signers(envelope, ring(generate("ES256").public_key()), NOW) == ()


@pytest.mark.parametrize("pem", THEIRS)
def test_envelopes_of_another_maker(pem: str) -> None:
    public = parse_public(f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n".encode(), "here")
    theirs = {
        "payload": "eyJtYWRlIGJ5IjogInNlY3VyZXN5c3RlbXNsaWIifQ==",
        "payloadType": "application/vnd.in-toto+json",
        "signatures": [{"keyid": "k1", "sig": THEIRS[pem]}],
    }
    envelope = parse(json.dumps(theirs).encode(), "here")
    assert envelope.payload == b'{"made by": "securesystemslib"}'
    assert signers(envelope, ring(public), NOW) == ("k1",)


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
@given(payload=st.binary(max_size=60), flipped=st.integers(0, 10_000))
def test_what_is_signed_is_what_is_read_and_nothing_else(
    algorithm: Algorithm, payload: bytes, flipped: int
) -> None:
    key = generate(algorithm)
    line = sign(payload, key, "k1")
    known = ring(key.public_key())
    envelope = parse(line, "here")
    assert (envelope.payload, signers(envelope, known, NOW)) == (payload, ("k1",))
    renamed = sign(payload, key, "k1", "text/plain").replace(b"text/plain", b"text/other")
    assert signers(parse(renamed, "here"), known, NOW) == ()
    body = json.loads(line)
    at = flipped % len(body["signatures"][0]["sig"].rstrip("="))
    text = body["signatures"][0]["sig"]
    # The last letter before the padding has bits that mean nothing.
    body["signatures"][0]["sig"] = f"{text[:at]}{'A' if text[at] != 'A' else 'Z'}{text[at + 1 :]}"
    if at < len(text.rstrip("=")) - 1:
        assert signers(parse(json.dumps(body).encode(), "here"), known, NOW) == ()


def test_a_key_out_of_its_time_or_under_another_name_does_not_count() -> None:
    key = generate("EdDSA")
    envelope = parse(sign(b"x", key, "k1"), "here")
    assert signers(envelope, ring(key.public_key(), not_after_ms=NOW - 1), NOW) == ()
    assert signers(parse(sign(b"x", key, "k2"), "here"), ring(key.public_key()), NOW) == ()
    assert signers(parse(sign(b"x", key, ""), "here"), ring(key.public_key()), NOW) == ("k1",)


NO_ENVELOPES = (
    b"",
    b"[]",
    b"3",
    b"{}",
    b"\xff",
    b'{"payloadType": 1, "payload": "", "signatures": []}',
    b'{"payloadType": "x", "payload": "!", "signatures": []}',
    b'{"payloadType": "x", "payload": "", "signatures": [3]}',
    b'{"payloadType": "x", "payload": "", "signatures": [{"sig": null}]}',
)


@pytest.mark.parametrize("line", NO_ENVELOPES)
def test_what_is_no_envelope_is_named(line: bytes) -> None:
    with pytest.raises(ConfigError, match=r"^there:1: this is no DSSE envelope$"):
        parse(line, "there:1")


@given(st.binary(max_size=80))
def test_bytes_are_an_envelope_or_refused(line: bytes) -> None:
    with contextlib.suppress(ConfigError):
        assert parse(line, "there").kind is not None
