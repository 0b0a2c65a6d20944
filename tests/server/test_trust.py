"""The keyring of the settings: complete before anything starts, or refused by the name of the key."""

from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.policy.build import build
from gateway.policy.contents import BundleError, Contents
from gateway.policy.keyring import generate, public_pem
from gateway.policy.shipped import baseline
from gateway.policy.signing import sign
from gateway.server.settings import PolicySettings
from gateway.server.trust import trust

KEY = generate("EdDSA")
PEM = public_pem(KEY.public_key())
REMOTE = "https://example.com/b.tar.gz"


def policy(*keys: dict[str, object], **more: object) -> PolicySettings:
    return PolicySettings.model_validate({"keys": list(keys), **more})


@pytest.fixture(scope="module")
def signed() -> Contents:
    held = build(baseline())
    return Contents(held.root, held.files, sign(held.files, KEY, "one"))


def test_nothing_asked_for() -> None:
    assert trust(policy(), {}) is None
    assert trust(policy(bundle=REMOTE, require_signature=False), {}) is None


def test_keys_from_files_and_variables(tmp_path: Path, signed: Contents) -> None:
    (tmp_path / "one.pub").write_bytes(PEM)
    for entry in ({"path": str(tmp_path / "one.pub")}, {"env": "PUB"}):
        found = trust(policy({"id": "one", **entry}), {"PUB": PEM.decode()})
        assert found
        assert found.admit(signed).key == "one"


def test_windows(signed: Contents) -> None:
    def admitted(**window: str) -> str:
        found = trust(policy({"id": "one", "env": "PUB", **window}, clock_skew_s=0), {"PUB": PEM.decode()})
        assert found
        return found.admit(signed).key

    assert admitted(not_before="2000-01-01T00:00:00Z", not_after="2999-01-01T00:00:00Z") == "one"
    with pytest.raises(BundleError, match="`key_expired`"):
        admitted(not_after="2000-01-01T00:00:00Z")
    with pytest.raises(BundleError, match="`key_not_yet_valid`"):
        admitted(not_before="2999-01-01T00:00:00+01:00")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (policy(bundle=REMOTE), "policy.require_signature: a bundle from a web server must be signed"),
        (policy(require_signature=True), "policy.require_signature: it is set"),
        (policy({"id": "one"}), r"policy.keys.one: name either the `path` or the `env`"),
        (policy({"id": "one", "path": "x", "env": "PUB"}), r"policy.keys.one: name either"),
        (policy({"id": "one", "path": "/nowhere.pub"}), r"policy.keys.one.path: /nowhere.pub: No such file"),
        (policy({"id": "one", "env": "ABSENT"}), r"policy.keys.one.env: the environment variable ABSENT"),
        (policy({"id": "one", "env": "BAD"}), r"policy.keys.one: not a public key in PEM"),
        (
            policy({"id": "one", "env": "PUB"}, {"id": "one", "env": "PUB"}),
            "policy.keys: two keys have the id 'one'",
        ),
    ],
)
def test_keyrings_that_cannot_be_used(settings: PolicySettings, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        trust(settings, {"PUB": PEM.decode(), "BAD": "x"})
