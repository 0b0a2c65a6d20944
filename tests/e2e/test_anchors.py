"""A gateway whose log is anchored while it serves."""

import json
from pathlib import Path

import httpx

from gateway.audit.verify import verify
from gateway.testing.upstream import ScriptedUpstream
from tests.e2e.harness import Wiring, eventually, site, upstream_at

ANCHOR = """
[[audit.anchors]]
kind = "directory"
name = "elsewhere"
path = {folder}
every_s = 0.1

[[audit.anchors]]
kind = "timestamp"
name = "gone"
url = "http://127.0.0.1:9"
every_s = 0.1
"""


def test_checkpoints_are_kept_elsewhere_and_faults_are_told(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    folder = tmp_path / "elsewhere"
    more = ANCHOR.format(folder=json.dumps(str(folder)))
    wiring = Wiring(upstreams=[upstream_at(upstream.url, retries=0)], routes=[("gpt-*", "openai")], more=more)
    with site(tmp_path, wiring) as running:

        def state() -> dict[str, dict[str, object]]:
            return {one["name"]: one for one in httpx.get(f"{running.url}/lictor/log").json()["anchors"]}

        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
        assert httpx.post(f"{running.url}/v1/chat/completions", json=body, timeout=60).status_code == 200
        eventually(lambda: any(folder.rglob("*.note")) and "fault" in state()["gone"])
        assert "fault" not in state()["elsewhere"]
    kept = [path.read_text() for path in folder.rglob("*.note")]
    log = tmp_path / "audit"
    report = verify(log, policy=(log / "policy").read_text(), known=kept)
    assert (report.exit_code, report.anchors[-1].end) == (0, report.size), str(report)
