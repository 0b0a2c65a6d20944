"""The embedded engine, above all what it does when a rule goes wrong."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gateway.core.decision import Effect
from gateway.core.errors import PolicyFault
from gateway.policy.bundle import BundleError, load
from gateway.policy.embedded import EmbeddedEngine

HEAD = "package lictor.request\n\n"
DENY = 'deny contains {"rule": "a.b", "reason": "No."}'

FACTS: dict[str, object] = {
    "exchange": {"model": "m", "parameters": {"word": "x", "zero": 0, "pattern": "("}},
    "findings": [{"id": "f0"}],
}

Make = Callable[..., Path]


def _engine(make_bundle: Make, source: str, data: object = None) -> EmbeddedEngine:
    return EmbeddedEngine(load(make_bundle({"a.rego": HEAD + source}, data)))


@pytest.mark.parametrize(
    "body",
    [
        "to_number(input.exchange.parameters.word) > 1",
        "not to_number(input.exchange.parameters.word)",
        "1 / input.exchange.parameters.zero > 1",
        "1 % input.exchange.parameters.zero > 1",
        "input.exchange.parameters.word + 1 > 1",
        'startswith(input.exchange.parameters.zero, "a")',
        "count(input.exchange.parameters.zero) > 1",
        "json.unmarshal(input.exchange.parameters.word)",
        "regex.match(input.exchange.parameters.pattern, input.exchange.model)",
        "time.parse_rfc3339_ns(input.exchange.parameters.word) > 1",
        'sprintf("%s %s", [input.exchange.model]) == ""',
    ],
)
def test_builtin_error_in_a_deny_rule_is_a_fault(make_bundle: Make, body: str) -> None:
    engine = _engine(make_bundle, f"{DENY} if {{\n\t{body}\n}}\n")
    with pytest.raises(PolicyFault, match=r"a\.rego:4|Failed to parse"):
        engine.evaluate("request", FACTS)


def test_conflicting_complete_rules_are_a_fault(make_bundle: Make) -> None:
    source = f"level := 1 if input.exchange.model\nlevel := 2 if input.findings\n{DENY} if level == 2\n"
    with pytest.raises(PolicyFault, match="conflict"):
        _engine(make_bundle, source).evaluate("request", FACTS)


def test_conflicting_functions_are_a_fault(make_bundle: Make) -> None:
    source = f"f(_) := 1 if input.exchange.model\nf(_) := 2 if input.findings\n{DENY} if f(1) == 2\n"
    with pytest.raises(PolicyFault, match="multiple outputs"):
        _engine(make_bundle, source).evaluate("request", FACTS)


@pytest.mark.parametrize(
    "source",
    [
        f"a if b\nb if a\n{DENY} if a\n",
        f"f(x) := f(x)\n{DENY} if f(1)\n",
        f'g(x) := data[x].request.deny\n{DENY} if g("lictor")\n',
        f"{DENY} if count(deny) > 0\n",
        f"f(x) := y if {{ y := [z | z := f(x)] }}\n{DENY} if f(1)\n",
    ],
)
def test_recursion_is_refused_before_evaluation(make_bundle: Make, source: str) -> None:
    with pytest.raises(BundleError, match="depends on itself"):
        _engine(make_bundle, source)


def test_missing_base_document_is_undefined_as_in_opa(make_bundle: Make) -> None:
    """Not an error in Rego; the checker reports such references instead."""
    assert _engine(make_bundle, f"{DENY} if data.nowhere.limit < 1\n").evaluate("request", FACTS) == ()


def test_many_facts_do_not_exhaust_the_engine(make_bundle: Make) -> None:
    engine = _engine(make_bundle, f'{DENY} if {{\n\tsome f in input.findings\n\tf.id == "f9999"\n}}\n')
    facts = {"findings": [{"id": f"f{i}"} for i in range(10_000)]}
    assert [verdict.rule for verdict in engine.evaluate("request", facts)] == ["a.b"]


def test_large_answer_is_whole(make_bundle: Make) -> None:
    source = (
        'flag contains object.union(base, {"reason": f.id}) if some f in input.findings\n'
        'base := {"rule": "a.b"}\n'
    )
    facts = {"findings": [{"id": f"f{i}"} for i in range(5_000)]}
    assert len(_engine(make_bundle, source).evaluate("request", facts)) == 5_000


@pytest.mark.parametrize(
    ("member", "complaint"),
    [
        ('"text"', "not an object"),
        ('{"reason": "No."}', "no usable `rule`"),
        ('{"rule": "policy.fault", "reason": "No."}', "no usable `rule`"),
        ('{"rule": "a.b"}', "`reason`"),
        ('{"rule": "a.b", "reason": ""}', "`reason`"),
        ('{"rule": "a.b", "reason": "No.", "fail": "ajar"}', "`fail`"),
        ('{"rule": "a.b", "reason": "No.", "extra": 1}', "unknown field `extra`"),
        ('{"rule": "a.b", "reason": "No.", "findings": "f0"}', "`findings`"),
        ('{"rule": "a.b", "reason": "No.", "findings": ["f1"]}', "no finding `f1`"),
        ('{"rule": "a.b", "reason": "No.", "controls": [1]}', "`controls`"),
    ],
)
def test_malformed_rule_object_is_a_fault(make_bundle: Make, member: str, complaint: str) -> None:
    engine = _engine(make_bundle, f"deny contains {member} if input.findings\n")
    with pytest.raises(PolicyFault, match=complaint):
        engine.evaluate("request", FACTS)


@pytest.mark.parametrize(
    ("effect", "extra"),
    [
        ("redact", '"with": "mask"'),
        ("redact", '"findings": ["f0"]'),
        ("redact", '"findings": ["f0"], "with": "pseudonym"'),
        ("replace", '"fail": "open"'),
        ("strip_tool", '"tool": ""'),
        ("route", '"upstream": 1'),
    ],
)
def test_effect_without_its_parameters_is_a_fault(make_bundle: Make, effect: str, extra: str) -> None:
    source = f'{effect} contains {{"rule": "a.b", "reason": "No.", {extra}}} if input.findings\n'
    with pytest.raises(PolicyFault):
        _engine(make_bundle, source).evaluate("request", FACTS)


def test_effect_defined_as_a_value_is_a_fault(make_bundle: Make) -> None:
    engine = _engine(make_bundle, "deny := 1 if input.nothing\n")
    with pytest.raises(PolicyFault, match=r"`deny` of lictor\.request is undefined"):
        engine.evaluate("request", FACTS)


def test_verdicts_carry_everything(make_bundle: Make) -> None:
    source = (
        'redact contains {"rule": "a.b", "reason": "R.", "with": "hash", "controls": ["c"], "fail": "open",'
        ' "findings": {f.id | some f in input.findings}} if true\n'
    )
    (verdict,) = _engine(make_bundle, source).evaluate("request", FACTS)
    assert (verdict.effect, verdict.findings, verdict.controls) == (Effect.REDACT, ("f0",), ("c",))
    assert (verdict.fail, dict(verdict.params)) == ("open", {"with": "hash"})


def test_phase_without_rules_has_no_verdicts(make_bundle: Make) -> None:
    assert _engine(make_bundle, f"{DENY} if input.findings\n").evaluate("response", FACTS) == ()


def test_a_fault_leaves_no_trace(make_bundle: Make) -> None:
    engine = _engine(make_bundle, f"{DENY} if 1 / input.exchange.parameters.n > 0\n")

    def facts(n: int) -> dict[str, Any]:
        return {"exchange": {"parameters": {"n": n}}, "findings": []}

    for n in (1, 0, 2, 0, 1):
        if n:
            assert len(engine.evaluate("request", facts(n))) == 1
        else:
            with pytest.raises(PolicyFault):
                engine.evaluate("request", facts(n))


def test_threads_do_not_see_each_other(make_bundle: Make) -> None:
    source = (
        'flag contains {"rule": "a.b", "reason": input.exchange.model, "findings": ids} if {\n'
        "\tids := [f.id | some f in input.findings]\n}\n"
    )
    engine = _engine(make_bundle, source)

    def ask(number: int) -> bool:
        facts = {"exchange": {"model": f"m{number}"}, "findings": [{"id": f"f{number}"}]}
        (verdict,) = engine.evaluate("request", facts)
        return verdict.reason == f"m{number}" and verdict.findings == (f"f{number}",)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(2_000)))


def test_error_text_has_place_and_no_entrails(make_bundle: Make) -> None:
    engine = _engine(make_bundle, f"{DENY} if 1 / input.exchange.parameters.zero > 0\n")
    with pytest.raises(PolicyFault) as caught:
        engine.evaluate("request", FACTS)
    assert str(caught.value) == "a.rego:3: divide by zero"


def test_facts_that_no_rule_reads_do_not_matter(make_bundle: Make) -> None:
    engine = _engine(make_bundle, f'{DENY} if input.exchange.model == "m"\n')
    first = engine.evaluate("request", {"exchange": {"model": "m", "id": "1"}, "time": {"unix_ms": 1}})
    second = engine.evaluate("request", {"exchange": {"model": "m", "id": "2"}, "time": {"unix_ms": 2}})
    assert first[0] is second[0]


def test_plan_is_remembered_on_exactly_its_input(make_bundle: Make) -> None:
    source = 'package lictor.plan\n\ndetectors contains input.exchange.model\n\nstream := "window"\n'
    root = make_bundle({"a.rego": f"{HEAD}{DENY} if input.findings\n", "plan.rego": source})
    engine = EmbeddedEngine(load(root), ("patterns",))
    one, two = ({"exchange": {"model": model}} for model in ("a", "b"))
    assert engine.plan(one) is engine.plan(dict(one))
    assert engine.plan(one).detectors == ("a",)
    assert engine.plan(two).detectors == ("b",)
    assert engine.plan(one).response_detectors == ("patterns",)
    assert engine.plan(one).stream == "window"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-a", "b\\r\\nset-cookie: c"),
        ("x-a", " b"),
        ("x-a", ""),
        ("x-a", "\\u00e9"),
        ("x-a b", "c"),
        ("connection", "close"),
        ("x-lictor-decision", "allow"),
        ("x-" + "a" * 70, "b"),
    ],
)
def test_a_header_that_only_evaluation_shows_is_checked_all_the_same(
    make_bundle: Make, name: str, value: str
) -> None:
    headers = f'{{concat("", ["{name}"]): concat("", ["{value}"])}}'
    source = (
        f'flag contains {{"rule": "a.b", "reason": "No.", "headers": {headers}}} if input.exchange.model\n'
    )
    with pytest.raises(PolicyFault, match=r"header|value of"):
        _engine(make_bundle, source).evaluate("request", FACTS)


def test_an_answer_and_headers_reach_the_verdict(make_bundle: Make) -> None:
    more = '"answer": "Ask HR.", "headers": {"x-team": "a b"}'
    source = f'deny contains {{"rule": "a.b", "reason": "No.", {more}}} if input.exchange.model\n'
    (verdict,) = _engine(make_bundle, source).evaluate("request", FACTS)
    assert verdict.params == {"answer": "Ask HR.", "headers": {"x-team": "a b"}}


def test_an_answer_must_say_something(make_bundle: Make) -> None:
    source = (
        'deny contains {"rule": "a.b", "reason": "No.", "answer": concat("", [])} if input.exchange.model\n'
    )
    with pytest.raises(PolicyFault, match="`answer` must be a text"):
        _engine(make_bundle, source).evaluate("request", FACTS)
