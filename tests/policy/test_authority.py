import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.decision import Answer
from gateway.core.errors import ConfigError
from gateway.core.exchange import Exchange
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.policy.authority import Authority
from gateway.policy.matter import Matter
from gateway.policy.plan import Plan

Make = Callable[..., Path]

ONE = 'package lictor.request\n\ndeny contains {"rule": "a.one", "reason": "One."} if input.exchange.stream\n'
TWO = ONE.replace("one", "two")
PLAN = 'package lictor.plan\n\ndetectors contains "patterns"\n\nresponse_detectors contains "patterns"\n'


@pytest.fixture
def root(make_bundle: Make) -> Path:
    return make_bundle({"rule.rego": ONE, "plan.rego": PLAN})


def _stopped_by(authority: Authority, exchange: Exchange) -> str:
    snapshot = authority.snapshot()
    plan = snapshot.plan(exchange)
    return snapshot.judge(Matter("request", replace(exchange, stream=True), plan, [], [], [])).stopping_rule


def test_judges(root: Path, exchange: Exchange, segments: list[Segment], covered: list[Coverage]) -> None:
    snapshot = Authority(root).snapshot()
    plan = snapshot.plan(exchange)
    assert plan == Plan(("patterns",), ("patterns",))
    decision = snapshot.judge(Matter("request", exchange, plan, segments, [], covered))
    assert (decision.answer, decision.revision) == (Answer.ALLOW, snapshot.revision)
    assert _stopped_by(Authority(root), exchange) == "a.one"


def test_unreported_check_is_a_gap(
    root: Path, exchange: Exchange, segments: list[Segment], covered: list[Coverage]
) -> None:
    snapshot = Authority(root).snapshot()
    plan = snapshot.plan(exchange)
    decision = snapshot.judge(Matter("request", exchange, plan, segments, [], covered[1:]))
    assert decision.answer is Answer.ERROR_CLOSED
    everything = [Coverage(segment.id, "*", State.OK) for segment in segments]
    assert snapshot.judge(Matter("request", exchange, plan, segments, [], everything)).answer is Answer.ALLOW


def test_engine_error_is_a_closed_decision(make_bundle: Make, exchange: Exchange) -> None:
    source = ONE.replace("input.exchange.stream", "input.exchange.parameters.n / 0 > 1")
    snapshot = Authority(make_bundle({"a.rego": source, "plan.rego": PLAN})).snapshot()
    plan = Plan((), (), fail="open")
    decision = snapshot.judge(Matter("request", replace(exchange, parameters={"n": 1}), plan, [], [], []))
    assert (decision.answer, decision.stopping_rule) == (Answer.ERROR_CLOSED, "policy.fault")


def test_unserialisable_facts_are_a_closed_decision(root: Path, exchange: Exchange) -> None:
    strange = replace(exchange, stream=object())  # type: ignore[arg-type]
    decision = Authority(root).snapshot().judge(Matter("request", strange, Plan((), ()), [], [], []))
    assert decision.answer is Answer.ERROR_CLOSED


def test_reload_swaps_and_old_exchanges_keep_their_engine(root: Path, exchange: Exchange) -> None:
    authority = Authority(root)
    old = authority.snapshot()
    (root / "rule.rego").write_text(TWO)
    report = authority.reload()
    assert (report.accepted, report.previous, report.revision) == (True, old.revision, authority.revision)
    assert report.previous != report.revision
    assert _stopped_by(authority, exchange) == "a.two"
    stopped = old.judge(Matter("request", replace(exchange, stream=True), Plan((), ()), [], [], []))
    assert stopped.stopping_rule == "a.one"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("package lictor.request\n\ndeny contains {", "rule.rego:3: `deny`:"),
        (ONE.replace("deny", "denyy"), "there is no effect `denyy`; did you mean `deny`?"),
        (ONE.replace("input.exchange.stream", "f(1)") + "f(x) := f(x)\n", "depends on itself"),
    ],
)
def test_bad_reload_keeps_the_last_good_one(root: Path, exchange: Exchange, source: str, why: str) -> None:
    authority = Authority(root)
    before = authority.revision
    (root / "rule.rego").write_text(source)
    report = authority.reload()
    assert not report.accepted
    assert why in report.reason
    assert report.revision == before == authority.revision
    assert _stopped_by(authority, exchange) == "a.one"


def test_vanished_bundle_keeps_the_last_good_one(root: Path) -> None:
    authority = Authority(root)
    for path in root.iterdir():
        path.unlink()
    assert not authority.reload().accepted


def test_bad_bundle_at_start_is_a_config_error(make_bundle: Make) -> None:
    root = make_bundle({"rule.rego": ONE.replace("reason", "reasn"), "plan.rego": PLAN})
    with pytest.raises(ConfigError, match=r"rule\.rego:3: `a\.one`: `deny` needs `reason`"):
        Authority(root)


def test_changed_looks_at_files_only(root: Path) -> None:
    authority = Authority(root)
    assert not authority.changed()
    os.utime(root / "rule.rego", ns=(1, 1))
    assert authority.changed()
    report = authority.reload()
    assert report.accepted
    assert report.revision == report.previous
    assert not authority.changed()
    (root / "new.rego").write_text("package lictor.more\n")
    assert authority.changed()


def test_reload_in_another_thread(root: Path, exchange: Exchange) -> None:
    """The engine binds interpreters to threads; nothing may cross over, however often policy changes."""
    authority = Authority(root)
    for round_, source in enumerate([TWO, ONE, TWO + "#\n", ONE + "#\n", TWO + "##\n", ONE + "##\n"]):
        (root / "rule.rego").write_text(source)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(authority.reload).result().accepted
        assert _stopped_by(authority, exchange) == ("a.one" if round_ % 2 else "a.two")


def test_failed_reload_is_not_tried_again_until_files_change(root: Path) -> None:
    authority = Authority(root)
    (root / "rule.rego").write_text("nonsense")
    assert not authority.reload().accepted
    assert not authority.changed()


def test_digest_is_computed_only_for_rules_that_read_it(
    make_bundle: Make, exchange: Exchange, segments: list[Segment]
) -> None:
    calls: list[str] = []

    def digest(text: str) -> str:
        calls.append(text)
        return "d"

    root = make_bundle({"rule.rego": ONE + "# digest\n", "plan.rego": PLAN})
    matter = Matter("request", exchange, Plan((), ()), segments, [], [])
    Authority(root, digest=digest).snapshot().judge(matter)
    assert calls == []
    source = ONE.replace("input.exchange.stream", '{\n\tsome s in input.segments\n\ts.digest == "d"\n}')
    root = make_bundle({"rule.rego": source})
    snapshot = Authority(root, digest=digest).snapshot()
    decision = snapshot.judge(Matter("request", exchange, Plan((), ()), segments, [], []))
    assert decision.answer is Answer.DENY
    assert len(calls) == len(segments)


def test_rules_that_read_digests_need_one(make_bundle: Make) -> None:
    source = ONE.replace("input.exchange.stream", 'input.segments[0].digest == "d"')
    with pytest.raises(ConfigError, match="digest"):
        Authority(make_bundle({"rule.rego": source, "plan.rego": PLAN}))


def test_without_a_plan_all_installed_detectors_run(make_bundle: Make, exchange: Exchange) -> None:
    root = make_bundle({"rule.rego": ONE})
    assert Authority(root, installed=("b", "a")).plan(exchange) == Plan(("a", "b"), ("a", "b"))
    with pytest.raises(ConfigError, match="detectors"):
        Authority(root)


def test_response_sees_request_and_upstream(make_bundle: Make, exchange: Exchange, finding: Finding) -> None:
    source = (
        "package lictor.response\n\n"
        'deny contains {"rule": "a.late", "reason": "L."} if {\n\tinput.request.answer == "deny"\n'
        '\t"a.one" in input.request.rules\n\tinput.response.status == 200\n}\n'
    )
    root = make_bundle({"a.rego": ONE, "b.rego": source, "plan.rego": PLAN})
    snapshot, plan = Authority(root).snapshot(), Plan((), ())
    request = snapshot.judge(Matter("request", replace(exchange, stream=True), plan, [], [finding], []))
    matter = Matter("response", exchange, plan, [], [], [], request=request, status=200, finish="stop")
    decision = snapshot.judge(matter)
    assert decision.stopping_rule == "a.late"
