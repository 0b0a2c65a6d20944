"""Coverage of rules: true in some test, false in another."""

from collections.abc import Callable
from pathlib import Path

from gateway.cli.policy.exchanging import Exchanges
from gateway.policy.bundle import load
from gateway.policy.marks import marked
from gateway.policy.probe import Probe
from gateway.policy.rule_coverage import Clause, RuleCoverage, rule_coverage, told
from gateway.policy.shipped import baseline
from gateway.policy.suite import suite

Make = Callable[..., Path]

RULE = """package lictor.request

deny contains {"rule": "a.big", "reason": "No."} if { input.size.segments > 3; input.caller.app == "x" }

flag contains {"rule": "a.found", "reason": "No."} if count(found) > 0

found := [f.id |
	some f in input.findings
	f.category == "pii"
]

limit := 7

either if input.exchange.stream
else if "root" in input.caller.roles
"""
CASE = """
- name: case %s
  phase: request
  input: %s
  expect: {answer: %s}
"""


def covered(root: Path, *cases: tuple[str, str]) -> RuleCoverage:
    folder = root / "cases"
    folder.mkdir(exist_ok=True)
    text = "".join(CASE % (number, given, answer) for number, (given, answer) in enumerate(cases))
    (folder / "all.yaml").write_text(text or "[]")
    return rule_coverage(load(root), suite(root))


def by_line(coverage: RuleCoverage) -> dict[int, Clause]:
    return {clause.line: clause for clause in coverage.clauses}


def test_without_tests_nothing_is_covered(make_bundle: Make) -> None:
    coverage = covered(make_bundle({"a.rego": RULE}))
    assert coverage.share == 0
    assert coverage.ids == {"a.big": (False, False), "a.found": (False, False)}


def test_both_directions_count(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE})
    silent = covered(root, ("{}", "allow"))
    assert silent.ids == {"a.big": (False, True), "a.found": (False, True)}
    both = covered(root, ("{}", "allow"), ("{size: {segments: 4}, caller: {app: x}, findings: [{}]}", "deny"))
    assert both.ids == {"a.big": (True, True), "a.found": (True, True)}


def test_a_condition_inside_a_comprehension_is_a_clause_of_its_own(make_bundle: Make) -> None:
    coverage = covered(make_bundle({"a.rego": RULE}), ("{findings: [{category: secret}]}", "allow"))
    clause = by_line(coverage)[7]
    assert (clause.inner, clause.held, clause.failed) == (True, False, True)


def test_what_is_missing_is_told(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE})
    lines = list(told(covered(root, ("{}", "allow")), root))
    assert f"{root / 'a.rego'}:3: a.big (lictor.request.deny) is never true" in lines
    assert f"{root / 'a.rego'}:12: lictor.request.limit is never true nor false" in lines
    assert f"{root / 'a.rego'}:14: lictor.request.either is never true nor false" in lines


def test_marks_change_no_answer() -> None:
    bundle, tests = load(baseline()), suite(baseline(), exchanger=Exchanges())
    plain = [result.passed for result in tests.run(Probe(bundle, tests.modules))]
    assert plain == [result.passed for result in tests.run(Probe(marked(bundle).bundle, tests.modules))]
    assert all(plain)


def test_marks_stand_on_the_lines_of_the_source() -> None:
    bundle = load(baseline())
    for before, after in zip(bundle.modules, marked(bundle).bundle.modules, strict=True):
        assert [rule.line for rule in before.rules] == [rule.line for rule in after.rules]


def test_statements_that_end_with_a_quote_or_have_with_are_marked(make_bundle: Make) -> None:
    source = """package lictor.request

flag contains {"rule": "a.a", "reason": "R."} if input.caller.app == `x`

flag contains {"rule": "a.b", "reason": "R."} if { { "x" } == {input.caller.app} }

flag contains {"rule": "a.c", "reason": "R."} if on with input.caller.app as "y"

flag contains {"rule": "a.d", "reason": "R."} if { every role in input.caller.roles { role != "q" }
	not on # said so
}

on if input.caller.app == "y"
"""
    root = make_bundle({"a.rego": source})
    coverage = covered(root, ("{caller: {app: x, roles: [r]}}", "flag"), ("{caller: {app: y}}", "flag"))
    assert coverage.ids == {
        "a.a": (True, True), "a.b": (True, True), "a.c": (True, False), "a.d": (True, True),
    }  # fmt: skip
