"""A route over both dialects has its translator made behind the start, or is refused at the start."""

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.providers.translation import library
from gateway.server.app import Application
from gateway.server.settings import load
from gateway.testing.upstream import ScriptedUpstream
from tests.e2e.harness import Wiring, eventually, site, upstream_at

BOTH = '[[routes]]\nmodel = "*"\nupstreams = ["openai", "anthropic"]\n'


def installed(folder: Path, version: str) -> dict[str, str]:
    """An environment whose litellm has this version, and nothing to say."""
    info = folder / f"litellm-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: litellm\nVersion: {version}\n")
    (folder / "litellm.py").write_text("raise ImportError('it is broken')\n")
    return {"PYTHONPATH": str(folder)}


def over(upstream: ScriptedUpstream, more: str, *routes: tuple[str, str]) -> Wiring:
    url = upstream.url
    upstreams = [upstream_at(url), upstream_at(url, "anthropic", "anthropic")]
    return Wiring(upstreams=upstreams, routes=routes, more=more)


def test_it_is_made_without_being_asked_for_and_a_failure_harms_nobody(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    with site(tmp_path, over(upstream, BOTH), environment=installed(tmp_path, "1.0")) as running:
        said = eventually(running.said)
        assert running.alive()
    assert said.splitlines() == ["translation between dialects is not ready: it is broken"]


def test_it_is_not_made_where_callers_may_not_need_it(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    wiring = over(upstream, "", ("claude-*", "anthropic"), ("*", "openai"))
    with site(tmp_path, wiring, environment=installed(tmp_path, "1.0")) as running:
        pass
    assert running.said() == ""


def test_a_route_that_needs_it_is_refused_where_it_is_missing(
    tmp_path: Path, upstream: ScriptedUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(library, "version", missing)
    config = tmp_path / "lictor.toml"
    config.write_text(over(upstream, BOTH).toml(tmp_path / "audit", 0))
    with pytest.raises(ConfigError, match=r"pip install 'lictor\[translate\]'"):
        Application(load(config))
    config.write_text(over(upstream, "", ("*", "openai")).toml(tmp_path / "audit", 0))
    Application(load(config))
