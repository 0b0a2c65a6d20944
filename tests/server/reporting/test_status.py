"""Status reports: at once on a change, of OPA's shape."""

import asyncio
from pathlib import Path

import httpx
import pytest

from gateway.policy.shipped import baseline
from gateway.server.reporting.service import Service
from gateway.server.reporting.status import Health, Status
from tests.e2e.harness import eventually
from tests.policy.opa_server import OpaServer, bundled, opa_binary
from tests.server.reporting.sink import sink


async def test_a_change_is_reported_at_once() -> None:
    health = Health("r1")
    ailing = ""
    with sink() as taking:
        status = Status(
            Service(taking.url), labels={"id": "n1"}, interval_s=0.01, bundle="lictor",
            health=lambda: health, logs=lambda: ailing,
        )  # fmt: skip
        running = asyncio.get_running_loop().create_task(status.run())
        await asyncio.to_thread(eventually, lambda: taking.reports)
        first = taking.reports[0]
        health, ailing = Health("r1", "bundle_error", "a.rego:1: no"), "nobody is there"
        await asyncio.to_thread(
            eventually, lambda: taking.reports[-1]["plugins"]["bundle"]["state"] == "ERROR"
        )
        running.cancel()
    assert first["labels"] == {"id": "n1"}
    assert first["bundles"]["lictor"]["active_revision"] == "r1"
    assert first["plugins"] == {
        "bundle": {"state": "OK"}, "decision_logs": {"state": "OK"}, "status": {"state": "OK"},
    }  # fmt: skip
    last = taking.reports[-1]
    assert last["bundles"]["lictor"]["code"] == "bundle_error"
    assert last["bundles"]["lictor"]["message"] == "a.rego:1: no"
    assert (
        last["bundles"]["lictor"]["last_successful_activation"]
        == first["bundles"]["lictor"]["last_successful_activation"]
    )
    assert last["plugins"]["decision_logs"] == {"state": "ERROR", "message": "nobody is there"}


@pytest.mark.skipif(not opa_binary(), reason="there is no opa: `make opa` installs one")
def test_the_shape_is_that_of_opa(tmp_path: Path) -> None:
    """Whatever we say of a bundle and of plugins, OPA says in the same words."""
    bundled(baseline(), "r1", tmp_path / "lictor.tar.gz")
    with sink() as taking:
        configured = [
            f"services.sink.url={taking.url}", "status.service=sink", "decision_logs.service=sink",
            f"bundles.lictor.resource=file://{tmp_path}/lictor.tar.gz",
        ]  # fmt: skip
        server = OpaServer([part for value in configured for part in ("--set", value)], tmp_path / "opa.log")
        server.start()
        try:
            assert httpx.get(server.url).status_code == 200
            eventually(lambda: any("bundles" in report for report in taking.reports))
        finally:
            server.stop()
        theirs = next(report for report in reversed(taking.reports) if "bundles" in report)
    status = Status(
        Service(taking.url),
        labels={},
        interval_s=1,
        bundle="lictor",
        health=lambda: Health("r1"),
        logs=lambda: "",
    )
    ours = status.report(Health("r1"))
    assert ours.keys() <= theirs.keys()
    assert ours["bundles"]["lictor"].keys() <= theirs["bundles"]["lictor"].keys()
    assert theirs["bundles"]["lictor"]["active_revision"] == "r1"
    assert theirs["plugins"]["bundle"] == ours["plugins"]["bundle"] == {"state": "OK"}
