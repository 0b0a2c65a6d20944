"""A bundle's way into force under real traffic: shadow, canary, promotion, and the ways back."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from gateway.audit.reader import records
from gateway.audit.verify import verify
from gateway.cli import main
from gateway.policy.rollout import place
from gateway.policy.shipped import baseline
from gateway.testing.upstream import ScriptedUpstream
from tests.e2e.harness import Found, Site, Wiring, eventually, site, upstream_at

TENANTS = [f"tenant-{number}" for number in range(12)]
STRICTER = """package lictor.request

import rego.v1

deny contains {"rule": "house.shouting", "reason": "No shouting."} if input.exchange.model == "gpt-loud"
"""
LOOPING = """package lictor.request

import rego.v1

flag contains {"rule": "house.slow", "reason": "Slow."} if {
	input.exchange.model == "gpt-4o"
	some a in numbers.range(1, 4000)
	some b in numbers.range(1, 4000)
	a * b == 0
}
"""
FAILING = """package lictor.request

import rego.v1

flag contains {"rule": "house.broken", "reason": sprintf("%d", [count(input.exchange.model)])} if {
	input.exchange.model == "gpt-4o"
	1 / count([each | some each in input.exchange.tools]) > 2
}
"""


def callers() -> str:
    return "\n".join(
        f'[[callers]]\nid = "{tenant}"\nkey_env = "KEY_{number}"\ntenant = "{tenant}"\n'
        for number, tenant in enumerate(TENANTS)
    )


ENVIRONMENT = {f"KEY_{number}": f"lictor-{tenant}" for number, tenant in enumerate(TENANTS)}


@contextmanager
def gateway_with_store(folder: Path, upstream: ScriptedUpstream) -> Iterator[Site]:
    """A gateway with a store, and a caller for each tenant."""
    wiring = Wiring(
        policy={"store": str(folder / "store"), "reload_s": 0.1, "report_s": 0.3, "shadow_share": 1.0},
        upstreams=[upstream_at(upstream.url, key_env="UPSTREAM_KEY")],
        routes=[("gpt-*", "openai")],
        more=callers(),
    )
    environment = {**ENVIRONMENT, "UPSTREAM_KEY": "sk-upstream"}
    with site(folder, wiring, environment=environment) as started:
        yield started


@pytest.fixture
def running(tmp_path: Path, _upstream: ScriptedUpstream) -> Iterator[Site]:
    with gateway_with_store(tmp_path, _upstream) as started:
        yield started


class Shop:
    """The gateway, its callers, and the operator's command line."""

    def __init__(self, running: Site) -> None:
        self.site = running
        self.client = httpx.Client(timeout=60)

    def ask(self, tenant: str = TENANTS[0], model: str = "gpt-4o") -> httpx.Response:
        body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
        url = f"{self.site.url}/v1/chat/completions"
        return self.client.post(url, json=body, headers={"authorization": f"Bearer lictor-{tenant}"})

    def decided(self, tenant: str) -> str:
        revision: str = self.ask(tenant).headers["x-lictor-policy-revision"]
        return revision

    def run(self, *words: str, code: int = 0, who: str = "Ann") -> str:
        signature = ["--approver", who, "--reason", "a test"]
        options = [] if words[0] in ("status", "shadow-report") else signature
        config = ["--config", str(self.site.folder / "lictor.toml")]
        done = CliRunner().invoke(main, ["policy", *words, *options, *config])
        assert done.exit_code == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def submit(self, text: str) -> str:
        folder = self.site.folder / "bundle"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(baseline(), folder)
        (folder / "house.rego").write_text(text)
        return self.run("submit", str(folder)).splitlines()[0]

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"{self.site.url}/lictor/status").json()
        return found

    def records(self, kind: str) -> list[Found]:
        return [record for record in self.site.records() if record["type"] == kind]

    def until(self, version: int) -> dict[str, Any]:
        """The status, once every worker goes by this version."""

        def arrived() -> dict[str, Any]:
            found = self.status()
            return found if {each["version"] for each in found["workers"]} == {version} else {}

        return eventually(arrived)


@pytest.fixture
def shop(running: Site) -> Iterator[Shop]:
    shop = Shop(running)
    with shop.client:
        yield shop


def test_the_whole_way(shop: Shop) -> None:
    first = shop.decided(TENANTS[0])
    second = shop.submit(STRICTER)
    assert "has not been in shadow" in shop.run("canary", second, "--percent", "10", code=2)

    # Shadow: seen, told, and without any effect.
    shop.run("shadow", second[:20], "--sample", "1")
    shop.until(3)
    said = [shop.ask(tenant, model).status_code for tenant in TENANTS for model in ("gpt-4o", "gpt-loud")]
    assert set(said) == {200}
    told = eventually(lambda: [record for record in shop.records("shadow") if record["kind"] == "divergence"])
    assert (told[0]["candidate"], told[0]["revision"]) == (second, first)
    assert (told[0]["old"], told[0]["new"], told[0]["rules"]) == ("allow", "deny", ["house.shouting"])
    assert "house.shouting" in eventually(lambda: _reported(shop, len(TENANTS)))

    # Canary: some tenants, and the same ones when there are more.
    inside = sorted(TENANTS, key=lambda tenant: place(second, tenant))
    for version, some in ((4, 3), (5, 6)):
        percent = (place(second, inside[some - 1]) + place(second, inside[some])) / 2
        shop.run("canary", second, "--percent", str(percent))
        shop.until(version)
        decided = {tenant: shop.decided(tenant) for tenant in TENANTS}
        assert {tenant for tenant, revision in decided.items() if revision == second} == set(inside[:some])
        assert shop.ask(inside[0], "gpt-loud").status_code == 400
        assert shop.ask(inside[-1], "gpt-loud").status_code == 200

    # Promotion needs evidence, or a reason for having none; then everybody is decided for alike.
    shop.run("promote", second, code=2)
    shop.run("promote", second, "--without-backtest", "a test")
    status = shop.until(6)
    assert (status["agreed"], status["rollout"]["enforced"]) == (True, second)
    assert {shop.decided(tenant) for tenant in TENANTS} == {second}
    shop.run("rollback")
    shop.until(7)
    assert {shop.decided(tenant) for tenant in TENANTS} == {first}
    assert "nothing to roll back to" in shop.run("rollback", code=2)

    steps = [(record["action"], record["revision"], record["version"]) for record in shop.records("approval")]
    assert steps == [
        ("submit", second, 2),
        ("shadow", second, 3),
        ("canary", second, 4),
        ("canary", second, 5),
        ("promote", second, 6),
        ("rollback", second, 7),
    ]
    assert all(record["approver"] == "Ann" and not record["automatic"] for record in shop.records("approval"))
    assert shop.records("approval")[-2]["evidence"] == {"without_backtest": "a test"}
    assert "version 7" in shop.run("status")
    _one_revision_an_exchange(shop)
    assert "Traceback" not in shop.site.said()


def _reported(shop: Shop, at_least: int) -> str:
    """The report from the log, once that many divergences are in it."""
    published = [record for _, record in records(shop.site.log) if record["type"] == "shadow"]
    if all(record["kind"] == "summary" for record in published):
        return ""
    done = json.loads(shop.run("shadow-report", "--json", "-"))
    return json.dumps(done) if done["decisions"]["kinds"].get("stricter", 0) >= at_least else ""


def _one_revision_an_exchange(shop: Shop) -> None:
    seen: dict[str, set[str]] = {}
    for record in shop.site.records():
        if "decision" in record:
            seen.setdefault(record["exchange"], set()).add(record["decision"]["revision"])
    assert seen
    assert all(len(revisions) == 1 for revisions in seen.values())


@pytest.mark.parametrize(
    ("text", "why"),
    [(LOOPING, "unfit: its process ended"), (FAILING, "errors: "), (STRICTER, "divergence: ")],
)
def test_a_candidate_that_does_not_keep_its_budget_is_dropped(shop: Shop, text: str, why: str) -> None:
    first = shop.decided(TENANTS[0])
    second = shop.submit(text)
    shop.run("shadow", second, "--sample", "1", "--least", "20", "--max-divergence", "0.2")
    shop.until(3)
    slowest = 0.0
    for _ in range(1000):
        answer = shop.ask(model="gpt-loud" if text == STRICTER else "gpt-4o")
        slowest = max(slowest, answer.elapsed.total_seconds())
        assert (answer.status_code, answer.headers["x-lictor-policy-revision"]) == (200, first)
        if shop.records("approval")[-1]["action"] == "rollback":
            break
    shop.until(4)
    last = shop.records("approval")[-1]
    assert (last["action"], last["automatic"], last["approver"]) == ("rollback", True, "automatic")
    assert last["reason"].startswith(why)
    assert last["revision"] == second
    assert [record["action"] for record in shop.records("approval")].count("rollback") == 1
    assert slowest < 2  # one evaluation of the loop alone takes longer


def test_what_is_broken_in_the_store_leaves_the_last_good_revision(tmp_path: Path, shop: Shop) -> None:
    first = shop.decided(TENANTS[0])
    rollout = tmp_path / "store" / "rollout.json"
    good = rollout.read_bytes()

    def broken(body: bytes, why: str) -> None:
        rollout.write_bytes(body)
        eventually(lambda: why in shop.status()["workers"][0]["refused"])
        assert shop.decided(TENANTS[0]) == first

    broken(b"{", "rollout.json")
    broken(b'{"format": 2}', "format 2")
    missing = json.loads(good) | {"version": 5, "enforced": "sha256:" + "0" * 64}
    broken(json.dumps(missing).encode(), "there is no revision")
    rollout.write_bytes(good)
    eventually(lambda: shop.status()["workers"][0]["refused"] == "")

    # A revision that somebody altered in place is not the revision any more.
    second = shop.submit(STRICTER)
    altered = tmp_path / "store" / "revisions" / second[7:] / "house.rego"
    altered.chmod(0o644)
    altered.write_text(STRICTER.replace("gpt-loud", "gpt-4o"))
    steps = {"candidate": second, "version": 9, "stage": "canary", "percent": 100.0}
    rollout.write_bytes(json.dumps(json.loads(rollout.read_bytes()) | steps).encode())
    eventually(lambda: "it was altered" in shop.status()["workers"][0]["refused"])
    assert {shop.decided(tenant) for tenant in TENANTS} == {first}
    shop.run("status", code=1)
    report = verify(tmp_path / "audit", (tmp_path / "audit" / "vkey").read_text())
    assert report.ok


def test_a_gateway_that_is_killed_amid_a_promotion_comes_back_with_it(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    with gateway_with_store(tmp_path, upstream) as running:
        shop = Shop(running)
        first = shop.decided(TENANTS[0])
        second = shop.submit(STRICTER)
        shop.run("shadow", second)
        shop.until(3)
        shop.run("promote", second, "--without-backtest", "a test")
        running.running.kill()
        shop.client.close()
    with gateway_with_store(tmp_path, upstream) as running:
        shop = Shop(running)
        assert {shop.decided(tenant) for tenant in TENANTS} == {second} != {first}
        alive = [each for each in shop.status()["workers"] if each["pid"] == running.running.process.pid]
        assert [each["version"] for each in alive] == [4]
        shop.client.close()
        running.running.stop()
    assert verify(tmp_path / "audit", (tmp_path / "audit" / "vkey").read_text()).ok
