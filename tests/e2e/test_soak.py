"""Two nodes of two workers each share a store while callers ask on and on and the rollout goes round.

No call fails, none is judged by parts of two revisions, and after every step all four workers say the same.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from gateway.audit.verify import verify
from gateway.policy.budgets import Budgets
from gateway.policy.rollout import By, Rollout, canary, promote, rollback, shadow, submit
from gateway.policy.store import Store
from gateway.server.releasing import Deed, needed, take
from gateway.testing.upstream import ScriptedUpstream
from tests.e2e.harness import Site, Wiring, eventually, site, upstream_at

CALLERS = 8
ROUNDS = 4
BY = By("Ann", "soak")
RULE = """package lictor.%s

import rego.v1

flag contains {"rule": "%s.%s", "reason": "As every call."} if input.exchange.model
"""
PLAN = """package lictor.plan

import rego.v1

detectors contains "patterns"

response_detectors contains "patterns"
"""
ENVIRONMENT = {f"KEY_{number}": f"lictor-{number}" for number in range(CALLERS)} | {"UPSTREAM": "sk-upstream"}


def bundle(folder: Path, name: str) -> Path:
    """Every call is flagged in both phases, by a rule that names the bundle."""
    folder /= name
    folder.mkdir()
    for phase in ("request", "response"):
        (folder / f"{phase}.rego").write_text(RULE % (phase, name, phase))
    (folder / "plan.rego").write_text(PLAN)
    return folder


@pytest.fixture
def nodes(tmp_path: Path, _upstream: ScriptedUpstream) -> Iterator[list[Site]]:
    callers = "\n".join(
        f'[[callers]]\nid = "c{number}"\nkey_env = "KEY_{number}"\ntenant = "t{number}"\n'
        for number in range(CALLERS)
    )
    first = bundle(tmp_path, "one")
    with ExitStack() as stack:
        running = []
        for node in ("east", "west"):
            folder = tmp_path / node
            folder.mkdir()
            wiring = Wiring(
                policy={"store": str(tmp_path / "store"), "bundle": str(first), "reload_s": 0.1},
                audit={"node": node},
                server={"access_log": False},
                upstreams=[upstream_at(_upstream.url, key_env="UPSTREAM")],
                routes=[("gpt-*", "openai")],
                more=callers,
            )
            started = site(folder, wiring, options=("--workers", "2"), environment=ENVIRONMENT)
            running.append(stack.enter_context(started))
        yield running


class Callers:
    """One thread for each tenant; they take the nodes in turn."""

    def __init__(self, nodes: list[Site]) -> None:
        self.answers: list[tuple[int, int, str]] = []
        self.failures: list[Exception] = []
        self._urls = [f"{node.url}/v1/chat/completions" for node in nodes]
        self._over = threading.Event()

    @contextmanager
    def asking(self) -> Iterator["Callers"]:
        threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(CALLERS)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _ask(self, number: int) -> None:
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
        key = {"authorization": f"Bearer lictor-{number}"}
        with httpx.Client(timeout=60) as client:
            while not self._over.is_set():
                for url in self._urls:
                    try:
                        answer = client.post(url, json=body, headers=key)
                    except httpx.HTTPError as error:
                        self.failures.append(error)
                        return
                    revision = answer.headers.get("x-lictor-policy-revision", "")
                    self.answers.append((number, answer.status_code, revision))


def everybody_at(nodes: list[Site], rollout: Rollout) -> None:
    """Each node tells of four workers that go by this version, and that they agree."""
    for node in nodes:

        def agreed(url: str = f"{node.url}/lictor/status") -> bool:
            found = httpx.get(url, timeout=60).json()
            versions = [each["version"] for each in found["workers"] if not each["stale"]]
            return bool(versions == [rollout.version] * 4 and found["agreed"])

        eventually(agreed)


def test_rollouts_go_round_under_load(tmp_path: Path, nodes: list[Site]) -> None:
    store = Store(tmp_path / "store")
    revisions = [store.add(tmp_path / "one"), store.add(bundle(tmp_path, "two"))]
    names = dict(zip(revisions, ("one", "two"), strict=True))

    def step(action: str, revision: str = "") -> None:
        steps = {
            "submit": lambda now: submit(now, revision, BY),
            "shadow": lambda now: shadow(now, revision, 0.5, Budgets(least=10**9), BY),
            "canary": lambda now: canary(now, revision, 50, None, BY),
            "promote": lambda now: promote(now, revision, 1, BY),
            "rollback": lambda now: rollback(now, BY),
        }
        after = take(store, None, Deed(action, BY), lambda now: steps[action](needed(now)))
        everybody_at(nodes, after)
        seen = len(callers.answers)
        eventually(lambda: len(callers.answers) > seen + 2 * CALLERS)
        in_force = {revision for _, _, revision in callers.answers[-CALLERS:]}
        assert in_force <= {after.enforced, after.candidate}

    with Callers(nodes).asking() as callers:
        eventually(lambda: len(callers.answers) > 2 * CALLERS)
        for number in range(ROUNDS):
            other = revisions[1 - number % 2]
            step("submit", other)
            step("shadow", other)
            step("canary", other)
            if number == 1:
                step("rollback")  # of the canary
                step("submit", other)
                step("shadow", other)
            step("promote", other)
        step("rollback")  # of a promotion

    assert callers.failures == []
    assert {status for _, status, _ in callers.answers} == {200}
    assert {revision for _, _, revision in callers.answers} == set(revisions)
    for node in nodes:
        judged = _judgements(node)
        assert len(judged) > CALLERS
        for revision, rules in judged.values():
            assert len(revision) == 1
            name = names[revision.pop()]
            assert rules == {f"{name}.request", f"{name}.response"}
        assert "Traceback" not in node.said()
        node.running.stop()
        assert verify(node.log, (node.log / "vkey").read_text()).ok


def _judgements(node: Site) -> dict[str, tuple[set[str], set[str]]]:
    """By exchange: the revisions and the rules of both phases."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for record in node.records():
        if "decision" in record:
            revisions, rules = found.setdefault(record["exchange"], (set(), set()))
            revisions.add(record["decision"]["revision"])
            rules |= {verdict["rule"] for verdict in record["decision"].get("verdicts", [])}
    return found
