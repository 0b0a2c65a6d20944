"""Keys: what OpenSSL writes is read, what is unfit is refused by name and without its content."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.core.errors import ConfigError
from gateway.policy.keyring import (
    Algorithm,
    Key,
    Keyring,
    algorithm_of,
    fingerprint,
    generate,
    parse_private,
    parse_public,
    public_pem,
    read_private,
    write_pair,
)


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_a_pair_is_read_back(tmp_path: Path, algorithm: Algorithm) -> None:
    key = generate(algorithm)
    public = write_pair(tmp_path / "k", key)
    assert fingerprint(read_private(tmp_path / "k").public_key()) == fingerprint(key.public_key())
    assert algorithm_of(parse_public(public.read_bytes(), "x")) == algorithm
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600


def test_no_key_is_written_over(tmp_path: Path) -> None:
    write_pair(tmp_path / "k", generate("EdDSA"))
    before = (tmp_path / "k").read_bytes()
    with pytest.raises(ConfigError, match="exists"):
        write_pair(tmp_path / "k", generate("EdDSA"))
    assert (tmp_path / "k").read_bytes() == before


def test_others_may_not_read_it(tmp_path: Path) -> None:
    write_pair(tmp_path / "k", generate("EdDSA"))
    (tmp_path / "k").chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_private(tmp_path / "k")
    with pytest.raises(ConfigError, match="No such file"):
        read_private(tmp_path / "none")


@pytest.mark.parametrize(
    "options",
    [["-algorithm", "ed25519"], ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]],
)
def test_keys_of_openssl(tmp_path: Path, options: list[str]) -> None:
    private = str(tmp_path / "k")
    subprocess.run(["openssl", "genpkey", *options, "-out", private], check=True, capture_output=True)
    command = ["openssl", "pkey", "-in", private, "-pubout"]
    public = subprocess.run(command, check=True, capture_output=True).stdout
    assert public_pem(parse_private((tmp_path / "k").read_bytes(), "x").public_key()) == public


def test_unfit_keys() -> None:
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with pytest.raises(ConfigError, match="where: the key is neither"):
            parse_private(secret, "where")
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        with pytest.raises(ConfigError, match="where: the key is neither"):
            parse_public(public, "where")
    for text in (b"", b"s3cret", b"-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n"):
        for parse in (parse_private, parse_public):
            with pytest.raises(ConfigError, match="where: not a p") as told:
                parse(text, "where")
            assert "s3cret" not in str(told.value)


def test_ids_are_unique() -> None:
    keys = [Key("one", generate("EdDSA").public_key()) for _ in range(2)]
    with pytest.raises(ConfigError, match="two keys have the id 'one'"):
        Keyring.of(keys)
