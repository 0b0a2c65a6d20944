import pytest

from gateway.core.errors import ConfigError
from gateway.policy.shipped import baseline, library, pack, packs


def test_what_ships_is_there() -> None:
    assert (baseline() / "data.json").is_file()
    assert list(library().rglob("*.rego"))
    assert list(packs()) == sorted(packs())
    assert all(pack(name) == root and root.name == name for name, root in packs().items())


def test_a_pack_that_is_not_there_is_a_clear_error() -> None:
    with pytest.raises(ConfigError, match=r"there is no policy pack `hippa`; there are: .*hipaa"):
        pack("hippa")
