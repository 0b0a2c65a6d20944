"""The proxy of the environment is used where the settings say so, and nowhere else."""

import contextlib
import http.client
import json
from pathlib import Path

import pytest

from gateway.testing.upstream import ScriptedUpstream
from tests.e2e.harness import Wiring, site, upstream_at


@pytest.mark.parametrize("proxied", [False, True])
def test_the_settings_choose_the_way(tmp_path: Path, proxied: bool) -> None:
    upstream, proxy = ScriptedUpstream(), ScriptedUpstream()
    with upstream.run_in_thread(), proxy.run_in_thread():
        wiring = Wiring(
            server={"upstream_proxy": proxied},
            upstreams=[upstream_at(upstream.url)],
            routes=[("*", "openai")],
        )
        with site(tmp_path, wiring, environment={"http_proxy": proxy.url}) as running:
            connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
            with contextlib.closing(connection):
                connection.request("GET", "/v1/models")
                assert json.load(connection.getresponse())["data"]
        seen = [request.path for side in (upstream, proxy) for request in side.requests]
        assert seen == [f"{upstream.url}/v1/models" if proxied else "/v1/models"]
