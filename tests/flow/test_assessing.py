"""Judging for another gateway: the same order, nothing forwarded, and no is the answer to every fault."""

from dataclasses import dataclass, field, replace

import pytest

from gateway.core.decision import Answer, Decision, Effect, Obligation
from gateway.core.errors import CallerError, PolicyFault, RecordFault
from gateway.core.exchange import Caller, Exchange
from gateway.core.segment import Segment, Tool
from gateway.flow.assessing import Assessment, assess, refuse
from gateway.flow.commands import Record
from gateway.flow.obligations import Changes
from gateway.policy.plan import Plan
from gateway.testing.playbook import REVISION, World, play
from gateway.wire.dialect import Envelope, RequestView
from tests.flow.test_machine import PLAN, Rules, deciding, denying, finding, governance, wanting

EXCHANGE = Exchange("lx-1", "interop.example", "example", Caller(), model="m", received_ms=1)
VIEW = RequestView(
    model="m",
    stream=False,
    segments=(Segment("s0", "user", "text", "/texts/0", "mail a@b.example now"),),
    unscanned=(),
    tools=(Tool("a", "/tools/0"),),
    parameters={},
)


@dataclass
class Asker:
    """Says what it was told."""

    takes_changes: bool = True
    told: list[Changes] = field(default_factory=list)

    def released(self, changes: Changes, plan: Plan) -> Envelope | None:
        self.told.append(changes)
        return Envelope(200, (), b"released") if self.takes_changes or not changes else None

    def stopped(self, decision: Decision) -> Envelope:
        return Envelope(200, (), f"stopped {decision.stopping_rule}".encode())

    def failed(self, code: str, message: str) -> Envelope:
        return Envelope(200, (), f"failed {code}".encode())


def asked(asker: Asker) -> Assessment:
    return Assessment("request", EXCHANGE, VIEW, {"tools": []}, b"{}", asker)


def test_a_clean_body_passes_once_its_records_are_durable() -> None:
    world = play(assess(asked(Asker()), governance()), World())
    assert world.asked == ["Prepare", "Detect", "Judge", "Record", "Reply"]
    assert [record["type"] for record in world.records] == ["decision", "outcome"]
    assert {record["endpoint"] for record in world.records} == {"interop.example"}
    assert world.records[1]["outcome"]["ending"] == "complete"
    assert world.reply.body == b"released"
    assert (b"x-lictor-decision-id", b"lx-1") in world.reply.headers


@pytest.mark.parametrize(("plan", "vault"), [(True, True), (True, False), (False, True)])
def test_its_body_goes_with_its_decision_into_the_vault_if_there_is_one(plan: bool, vault: bool) -> None:
    governed = replace(governance(replace(PLAN, record_content=plan)), keeps=vault)
    world = play(assess(asked(Asker()), governed), World())
    (content,) = (c for command in world.commands if isinstance(command, Record) for c in command.contents)
    assert content.record is world.records[0]
    assert (content.phase, content.body, content.keep) == ("request", b"{}", plan and vault)


def test_a_redaction_is_handed_to_the_asker() -> None:
    asker = Asker()
    decide = deciding(request=wanting("request", Effect.REDACT, **{"with": "mask"}))
    world = play(
        assess(asked(asker), governance()), World(findings={"request": [finding(5, 16)]}, decide=decide)
    )
    (changes,) = asker.told
    assert [(edit.pointer, edit.text) for edit in changes.edits] == [("/texts/0", "[EMAIL]")]
    assert world.records[0]["rewritten"] is True


def test_a_denial_is_recorded_and_told() -> None:
    world = play(assess(asked(Asker()), governance()), World(decide=deciding(request=denying("request"))))
    assert world.reply.body == b"stopped r.no"
    assert world.records[1]["outcome"]["ending"] == "denied"


def test_a_change_that_the_asker_would_not_make_denies() -> None:
    obligations = (Obligation(Effect.STRIP_TOOL, "r.t", (), {"tool": "a"}),)
    decision = Decision("request", Answer.TRANSFORM, (), obligations, REVISION)
    asker = Asker(takes_changes=False)
    world = play(assess(asked(asker), governance()), World(decide=deciding(request=decision)))
    assert world.reply.body == b"stopped obligation.unmet"
    assert world.records[0]["decision"]["verdicts"][0]["rule"] == "obligation.unmet"
    assert world.records[0]["rewritten"] is False


def test_an_exchange_cannot_be_routed_from_here() -> None:
    obligations = (Obligation(Effect.ROUTE, "r.r", (), {"upstream": "one"}),)
    decision = Decision("request", Answer.TRANSFORM, (), obligations, REVISION)
    world = play(assess(asked(Asker()), governance()), World(decide=deciding(request=decision)))
    assert world.reply.body == b"stopped obligation.unmet"


def test_a_record_that_cannot_be_kept_is_a_no() -> None:
    world = play(assess(asked(Asker()), governance()), World(faults={"Record": RecordFault("disk")}))
    assert world.reply.body == b"failed record_unavailable"


@pytest.mark.parametrize("disk", [False, True])
def test_a_plan_that_cannot_be_made_is_a_no(disk: bool) -> None:
    class Broken(Rules):
        def plan(self, exchange: Exchange) -> Plan:
            raise PolicyFault("no")

    faults: dict[str, Exception] = {"Record": RecordFault("disk")} if disk else {}
    governed = replace(governance(), rules=Broken(PLAN))
    world = play(assess(asked(Asker()), governed), World(faults=faults))
    assert world.asked == ["Prepare", "Record", "Reply"]
    assert world.reply.body == (b"failed record_unavailable" if disk else b"failed policy_fault")


@pytest.mark.parametrize("disk", [False, True])
def test_what_cannot_be_read_is_a_no(disk: bool) -> None:
    faults: dict[str, Exception] = {"Record": RecordFault("disk")} if disk else {}
    error = CallerError(400, "malformed_json", "no JSON")
    world = play(refuse(EXCHANGE, Asker(), error), World(faults=faults))
    assert world.asked == ["Record", "Reply"]
    assert world.reply.body == (b"failed record_unavailable" if disk else b"failed malformed_json")
    assert world.records[0]["type"] == "refused"
