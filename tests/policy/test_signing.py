"""Signatures: every change of a bundle is seen, and OPA agrees with us in both directions."""

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt.api_jws import PyJWS

from gateway.policy.build import archived, build
from gateway.policy.contents import BundleError, Contents
from gateway.policy.hashing import file_hash
from gateway.policy.keyring import Algorithm, Key, Keyring, Private, generate, public_pem, write_pair
from gateway.policy.reading import contents
from gateway.policy.signing import Trust, sign, verify

Make = Callable[..., Path]
RULE = 'package lictor.request\n\ndeny contains {"rule": "a.b", "reason": "N."} if input.exchange.stream\n'
NOW = 1_800_000_000_000
MINUTE = 60_000

OPA = shutil.which("opa")
with_opa = pytest.mark.skipif(not OPA, reason="there is no `opa` on PATH")
each_algorithm = pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])


@pytest.fixture
def key() -> Private:
    return generate("EdDSA")


@pytest.fixture
def held(make_bundle: Make) -> Contents:
    return build(make_bundle({"a.rego": RULE}, {"settings": {"x": 1.0}}))


def ring(key: Private, **more: Any) -> Keyring:  # noqa: ANN401
    return Keyring.of([Key("one", key.public_key(), **more)])


def signed(held: Contents, key: Private, key_id: str = "one", scope: str = "") -> Contents:
    return replace(held, signatures=sign(held.files, key, key_id, scope))


def forged(held: Contents, key: Private, claims: Mapping[str, Any], header: Mapping[str, Any]) -> Contents:
    """Properly signed, with other claims and headers."""
    good = signed(held, key).signatures or b""
    payload = json.loads(PyJWS().decode_complete(
        json.loads(good)["signatures"][0], options={"verify_signature": False}
    )["payload"])  # fmt: skip
    body = {name: value for name, value in {**payload, **claims}.items() if value is not None}
    headers = {name: value for name, value in {"kid": "one", **header}.items() if value is not None}
    token = PyJWS().encode(orjson.dumps(body), key, "EdDSA", headers=headers)
    return replace(held, signatures=orjson.dumps({"signatures": [token]}))


def refusal(held: Contents, ring: Keyring, now: int = NOW) -> str:
    with pytest.raises(BundleError) as told:
        verify(held, ring, now)
    return told.value.rule


# --- what holds -----------------------------------------------------------------------------------------


@each_algorithm
def test_what_is_signed_is_verified(held: Contents, algorithm: Algorithm) -> None:
    key = generate(algorithm)
    assert verify(signed(held, key), ring(key), NOW).key == "one"


def test_ed25519_signs_alike_each_time(held: Contents, key: Private) -> None:
    assert sign(held.files, key, "one") == sign(dict(reversed(list(held.files.items()))), key, "one")


def test_a_signed_folder(make_bundle: Make, key: Private) -> None:
    root = make_bundle({"a.rego": RULE, "a_test.rego": "package lictor.a_test\n"}, {"x": 1})
    (root / ".signatures.json").write_bytes(sign(contents(root).files, key, "one"))
    assert verify(contents(root), ring(key), NOW).key == "one"
    (root / "a_test.rego").write_text("package lictor.a_test\n\nx := 1\n")
    assert refusal(contents(root), ring(key)) == "file_changed"


def test_spelling_of_documents_does_not_matter(held: Contents, key: Private) -> None:
    other = {**held.files, "data.json": b'{\n "settings" : {"x": 1.0}\n}'}
    assert verify(replace(signed(held, key), files=other), ring(key), NOW).key == "one"


# --- what does not --------------------------------------------------------------------------------------


@given(st.data())
def test_every_change_of_a_file_is_seen(data: st.DataObject) -> None:
    key = generate("EdDSA")
    files = {"a.rego": RULE.encode(), "data.json": b'{"x": [1, 2.50, "\\u2028"]}', "README.md": b"text"}
    held = signed(Contents(Path("x"), files), key)
    name = data.draw(st.sampled_from(["a.rego", "README.md"]))
    body = bytearray(files[name])
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    assert refusal(replace(held, files={**files, name: bytes(body)}), ring(key)) == "file_changed"


@pytest.mark.parametrize(
    "body", ["{}", '{"settings": {"x": 1}}', '{"settings": {"x": 1.00}}', '{"settings": []}']
)
def test_every_change_of_a_document_is_seen(held: Contents, key: Private, body: str) -> None:
    changed = replace(signed(held, key), files={**held.files, "data.json": body.encode()})
    assert refusal(changed, ring(key)) == "file_changed"


def test_files_more_and_less(held: Contents, key: Private) -> None:
    good = signed(held, key)
    more = replace(good, files={**held.files, "b.rego": b"package lictor.b\n"})
    assert refusal(more, ring(key)) == "file_not_signed"
    less = {name: body for name, body in held.files.items() if name != "a.rego"}
    assert refusal(replace(good, files=less), ring(key)) == "file_missing"


def test_whose_signature_it_is(held: Contents, key: Private) -> None:
    assert refusal(signed(held, key, "two"), ring(key)) == "key_unknown"
    assert refusal(signed(held, generate("EdDSA")), ring(key)) == "signature_wrong"
    assert refusal(signed(held, generate("ES256")), ring(key)) == "algorithm"
    assert refusal(held, ring(key)) == "unsigned"


@pytest.mark.parametrize(
    ("wanted", "given", "why"), [("prod", "", "scope"), ("", "prod", "scope"), ("prod", "test", "scope")]
)
def test_what_it_is_for(held: Contents, key: Private, wanted: str, given: str, why: str) -> None:
    assert refusal(signed(held, key, scope=given), ring(key, scope=wanted)) == why
    assert verify(signed(held, key, scope=wanted), ring(key, scope=wanted), NOW).key


@pytest.mark.parametrize(
    ("claims", "header", "why"),
    [
        ({}, {"kid": None}, ""),  # OPA's deprecated place of the id
        ({"keyid": None}, {}, ""),
        ({"keyid": None}, {"kid": None}, "key_id"),
        ({"keyid": "two"}, {}, "key_id"),
        ({"keyid": 7}, {"kid": None}, "key_id"),
        ({}, {"crit": ["b64"]}, "signature_malformed"),
        ({"files": None}, {}, "signature_malformed"),
        ({"files": []}, {}, "file_not_signed"),
        ({"files": [{"name": "a.rego"}]}, {}, "signature_malformed"),
        ({"files": [{"name": "a", "hash": "0", "algorithm": "MD5"}]}, {}, "hash_algorithm"),
        ({"files": [{"name": "a", "hash": "0", "algorithm": "SHA-256"}] * 2}, {}, "signature_malformed"),
        ({"iat": "now"}, {}, "signature_malformed"),
        ({"iat": NOW // 1000}, {}, ""),
        ({"iat": NOW // 1000 + 299}, {}, ""),
        ({"iat": NOW // 1000 + 301}, {}, "signature_not_yet_valid"),
        ({"nbf": NOW // 1000 + 301}, {}, "signature_not_yet_valid"),
        ({"exp": NOW // 1000 - 299}, {}, ""),
        ({"exp": NOW // 1000 - 301}, {}, "signature_expired"),
    ],
)
def test_what_it_says_of_itself(
    held: Contents, key: Private, claims: dict[str, Any], header: dict[str, Any], why: str
) -> None:
    bundle = forged(held, key, claims, header)
    if why:
        assert refusal(bundle, ring(key)) == why
    else:
        assert verify(bundle, ring(key), NOW).key == "one"


def test_no_signature_says_which_algorithm_counts(held: Contents, key: Private) -> None:
    """The classics: `none`, and the public key taken for a shared secret."""
    payload = orjson.dumps({"files": [], "keyid": "one"})
    part = [
        base64.urlsafe_b64encode(x).rstrip(b"=").decode() for x in (b'{"alg":"none","kid":"one"}', payload)
    ]
    unsigned = replace(held, signatures=orjson.dumps({"signatures": [f"{part[0]}.{part[1]}."]}))
    assert refusal(unsigned, ring(key)) == "algorithm"
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').rstrip(b"=").decode()
    secret = replace(held, signatures=orjson.dumps({"signatures": [f"{header}.{part[1]}.AAAA"]}))
    assert refusal(secret, ring(key)) == "algorithm"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"signatures": []}', '{"signatures": [1]}', '{"signatures": ["x"]}',
     '{"signatures": ["a.b.c"]}', '{"signatures": ["e30.e30.e30", "e30.e30.e30"]}',
     '{"signatures": ["e30.e30.e30"], "plugin": "theirs"}'],
)  # fmt: skip
def test_malformed_signatures(held: Contents, key: Private, text: str) -> None:
    assert refusal(replace(held, signatures=text.encode()), ring(key)) == "signature_malformed"


@given(st.binary(max_size=200))
def test_noise_is_refused_by_name(noise: bytes) -> None:
    held = Contents(Path("x"), {"a.rego": b"x"}, noise)
    assert refusal(held, ring(generate("EdDSA"))) == "signature_malformed"


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"x": NaN}', b"[" * 100_000])
def test_documents_that_are_no_json(key: Private, body: bytes) -> None:
    with pytest.raises(BundleError, match=r"data\.json.*not valid JSON"):
        sign({"data.json": body}, key, "one")


# --- windows and rotation -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("not_before", "not_after", "why"),
    [
        (0, 0, ""),
        (4 * MINUTE, None, ""),
        (6 * MINUTE, None, "key_not_yet_valid"),
        (None, -4 * MINUTE, ""),
        (None, -6 * MINUTE, "key_expired"),
    ],
)
def test_windows_are_as_wide_as_clocks_are_apart(
    held: Contents, key: Private, not_before: int | None, not_after: int | None, why: str
) -> None:
    window = {
        "not_before_ms": None if not_before is None else NOW + not_before,
        "not_after_ms": None if not_after is None else NOW + not_after,
    }
    if why:
        assert refusal(signed(held, key), ring(key, **window)) == why
    else:
        assert verify(signed(held, key), ring(key, **window), NOW).key == "one"


def test_rotation(held: Contents, key: Private) -> None:
    """Both keys count while one is replaced by the other; afterwards the old one does not."""
    new = generate("ES256")
    keys = [Key("one", key.public_key(), not_after_ms=NOW), Key("two", new.public_key())]
    both = Keyring.of(keys, skew_ms=0)
    assert verify(signed(held, key), both, NOW).key == "one"
    assert verify(signed(held, new, "two"), both, NOW).key == "two"
    assert refusal(signed(held, key), both, NOW + 1) == "key_expired"
    assert verify(signed(held, new, "two"), both, NOW + 1).key == "two"


def test_trust(held: Contents, key: Private) -> None:
    strict, lax = Trust(ring(key), clock=lambda: NOW), Trust(ring(key), required=False, clock=lambda: NOW)
    assert strict.admit(signed(held, key)).key == lax.admit(signed(held, key)).key == "one"
    assert lax.admit(held).key == ""
    with pytest.raises(BundleError, match="unsigned"):
        strict.admit(held)
    for trust in (strict, lax):
        with pytest.raises(BundleError, match="signature_wrong"):
            trust.admit(signed(held, generate("EdDSA")))


# --- OPA ------------------------------------------------------------------------------------------------

TRICKY = {
    "text": '<&> "\\ \b\f\n\r\t\u0001\u001f\u007f\u2028\u2029 é 𝄞',
    "é": 1, "z": None, "a": [True, False, [], {}], "Z": {"b": "", "a": 0},
}  # fmt: skip
NUMBERS = b'{"n": [0, -0, 1.0, 1.50, 1e5, 1E+5, 123456789012345678901234567890, 0.1e-7]}'


def opa(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    assert OPA
    command = [OPA, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.fixture
def tricky(make_bundle: Make) -> Path:
    root = make_bundle({"a.rego": RULE, "x/y.rego": "package lictor.x\n"}, {"settings": TRICKY})
    (root / "numbers").mkdir()
    (root / "numbers" / "data.json").write_bytes(NUMBERS)
    return root


@with_opa
def test_hashes_are_opas(tricky: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    out = tmp_path_factory.mktemp("out")
    write_pair(out / "key", generate("ES256"))
    done = opa(
        "sign", "--signing-key", out / "key", "--signing-alg", "ES256", "-o", out, "--bundle", ".", cwd=tricky
    )
    assert done.returncode == 0, done.stdout
    token = json.loads((out / ".signatures.json").read_text())["signatures"][0]
    payload = PyJWS().decode_complete(token, options={"verify_signature": False})["payload"]
    theirs = {entry["name"]: entry["hash"] for entry in json.loads(payload)["files"]}
    assert theirs == {name: file_hash(name, body) for name, body in contents(tricky).files.items()}


@with_opa
@each_algorithm
def test_we_verify_what_opa_signs(
    tricky: Path, tmp_path_factory: pytest.TempPathFactory, algorithm: Algorithm
) -> None:
    out, key = tmp_path_factory.mktemp("out"), generate(algorithm)
    write_pair(out / "key", key)
    done = opa(
        "build", "--bundle", ".", "--signing-key", out / "key", "--signing-alg", algorithm,
        "-o", out / "b.tar.gz", cwd=tricky,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    held = contents(out / "b.tar.gz")
    # `opa build` has no option for the id that it writes.
    theirs = Keyring.of([Key("default", key.public_key())])
    assert verify(held, theirs, NOW).key == "default"
    assert refusal(replace(held, files={**held.files, "x": b""}), theirs) == "file_not_signed"


@with_opa
@each_algorithm
def test_we_verify_what_opa_signs_in_a_folder(
    tricky: Path, tmp_path_factory: pytest.TempPathFactory, algorithm: Algorithm
) -> None:
    out, key = tmp_path_factory.mktemp("out"), generate(algorithm)
    write_pair(out / "key", key)
    (out / "claims").write_text('{"keyid": "one", "scope": "prod"}')
    done = opa(
        "sign", "--signing-key", out / "key", "--signing-alg", algorithm, "--claims-file", out / "claims",
        "--bundle", ".", cwd=tricky,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert verify(contents(tricky), ring(key, scope="prod"), NOW).key == "one"


def _opa_takes(archive: Path, public: Path, algorithm: str, key_id: str = "one", scope: str = "") -> str:
    """An empty text when a real OPA server serves this bundle, else what it complained of."""
    assert OPA
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        OPA, "run", "--server", "--addr", f"127.0.0.1:{port}", "--bundle", str(archive), "--scope", scope,
        "--verification-key", str(public), "--verification-key-id", key_id, "--signing-alg", algorithm,
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            while server.poll() is None:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/health")
                except httpx.TransportError:
                    time.sleep(0.02)
                else:
                    return ""
            assert server.stdout
            return server.stdout.read()
        finally:
            server.kill()


@with_opa
@each_algorithm
def test_opa_verifies_what_we_sign(
    tricky: Path, tmp_path_factory: pytest.TempPathFactory, algorithm: Algorithm
) -> None:
    out, key = tmp_path_factory.mktemp("out"), generate(algorithm)
    public = write_pair(out / "key", key)
    held = build(tricky)
    (out / "b.tar.gz").write_bytes(archived(held, sign(held.files, key, "one", "prod")))
    assert _opa_takes(out / "b.tar.gz", public, algorithm, scope="prod") == ""
    assert "scope" in _opa_takes(out / "b.tar.gz", public, algorithm, scope="test")
    (out / "other.pub").write_bytes(public_pem(generate(algorithm).public_key()))
    assert "signature" in _opa_takes(out / "b.tar.gz", out / "other.pub", algorithm, scope="prod")
    changed = replace(held, files={**held.files, "a.rego": RULE.replace("N.", "M.").encode()})
    (out / "c.tar.gz").write_bytes(archived(changed, sign(held.files, key, "one")))
    assert "digest mismatch" in _opa_takes(out / "c.tar.gz", public, algorithm)
