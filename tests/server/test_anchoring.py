"""``[[audit.anchors]]``: from settings to anchors."""

from pathlib import Path

import pytest

from gateway.audit.cosignature import Witness
from gateway.audit.keys import Signer
from gateway.audit.trust import Trust
from gateway.core.errors import ConfigError
from gateway.server.anchoring import anchorer, checked
from gateway.server.settings import AuditSettings, load

LOG = Signer.generate("example.org/log")
KEY = Witness("w.example", bytes(31) + b"\x01").vkey
ALL = f"""
[audit]
quorum = 1

[[audit.anchors]]
kind = "directory"
name = "vault"
path = "elsewhere"
every_s = 60

[[audit.anchors]]
kind = "git"
name = "history"
path = "repository"
remote = "origin"

[[audit.anchors]]
kind = "timestamp"
name = "tsa"
url = "https://tsa.example/"
roots = "roots.pem"

[[audit.anchors]]
kind = "witness"
name = "w1"
url = "https://witness.example/"
vkey = "{KEY}"
"""


def read(tmp_path: Path, text: str) -> AuditSettings:
    config = tmp_path / "lictor.toml"
    config.write_text(text)
    return load(config).audit


def test_every_kind(tmp_path: Path) -> None:
    settings = read(tmp_path, ALL)
    assert [one.kind for one in settings.anchors] == ["directory", "git", "timestamp", "witness"]
    assert [one.every_s for one in settings.anchors] == [60.0, 3600.0, 3600.0, 3600.0]
    assert [one.build().name for one in settings.anchors] == ["vault", "history", "tsa", "w1"]


def test_the_policy_is_published_beside_the_log(tmp_path: Path) -> None:
    settings = read(tmp_path, ALL)
    begun = anchorer(tmp_path / "log", LOG.verifier, settings.anchors, settings.quorum)
    begun.start()
    begun.close()
    trust = Trust.parse((tmp_path / "log" / "policy").read_text())
    assert (trust.logs, set(trust.witnesses)) == ((LOG.verifier,), {"w1"})
    assert trust.met({"w1"})
    assert not trust.met(())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('kind = "git"', 'kind = "blockchain"'), "audit.anchors.1"),
        (('name = "history"', 'name = "a/b"'), "audit.anchors.1.git.name"),
        (('url = "https://tsa.example/"', 'url = "file:///etc"'), "audit.anchors.2.timestamp.url"),
        (("every_s = 60", "every_s = 0"), "audit.anchors.0.directory.every_s"),
        (('remote = "origin"', 'remotes = "origin"'), "audit.anchors.1.git.remotes"),
        (("quorum = 1", "quorum = -1"), "audit.quorum"),
    ],
)
def test_a_complaint_names_the_key(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read(tmp_path, ALL.replace(*change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("quorum = 1", "quorum = 2"), "2 of 1 witnesses"),
        ((KEY, LOG.vkey), "w1: vkey"),
        (('name = "tsa"', 'name = "vault"'), "'vault' is taken"),
        (('name = "tsa"', 'name = "none"'), "'none' is taken"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    settings = read(tmp_path, ALL.replace(*change))
    with pytest.raises(ConfigError, match=words):
        checked(settings.anchors, settings.quorum)
