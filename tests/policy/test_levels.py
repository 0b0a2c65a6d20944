"""One score may stand for another only where no rule can tell the two apart."""

from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.policy.bundle import load
from gateway.policy.embedded import EmbeddedEngine
from gateway.policy.levels import Levels
from gateway.policy.reads import reads

Make = Callable[..., Path]
HEAD = "package lictor.request\n\nimport rego.v1\n\nimport data.settings as s\n\n"
HELP = "package lictor.help\n\nimport rego.v1\n\nf(x) := x\n\nlimit := 0.3\n"
DATA = {"settings": {"a": 0.5, "by": {"email": 0.7, "phone": 1, "odd": "x", "set": True}, "far": 2**60}}


def _levels(make_bundle: Make, lines: list[str], more: str = "") -> Levels | None:
    body = "\n\t".join(["some f in input.findings", *lines])
    files = {"a.rego": f"{HEAD}x if {{\n\t{body}\n}}\n{more}", "h.rego": HELP}
    bundle = load(make_bundle(files, DATA))
    return reads(bundle.modules, [("data", "lictor", "request", "x")], bundle.data).lists["findings"].levels


@pytest.mark.parametrize(
    ("lines", "thresholds"),
    [
        (["f.score >= 0.2"], (0.2,)),
        (["0.2 < f.score", "not f.score == 1"], (0.2, 1)),
        (["f.score >= data.settings.a"], (0.5,)),
        (['f["score"] >= data["settings"].a'], (0.5,)),
        (["f.score >= data.settings.by[f.label]"], (0.7, 1)),
        (["f.score >= data.settings.by.nowhere"], ()),
        (["f.label"], ()),
        (["some g in input.findings", "f.score > 0.1", "g.score > 0.9"], (0.1, 0.9)),
        (["count([1 | some g in input.findings; g.score > 0.9]) > 0"], (0.9,)),
        (["z := f.score > 0.4", "z"], (0.4,)),
        (["f.score >= data[f.label].a"], (0.5,)),
    ],
)
def test_thresholds_that_are_known(
    make_bundle: Make, lines: list[str], thresholds: tuple[float, ...]
) -> None:
    assert _levels(make_bundle, lines) == Levels(thresholds)


@pytest.mark.parametrize(
    "lines",
    [
        ["f.score >= data.lictor.help.limit"],
        ["f.score >= data.lictor[f.label].limit"],
        ["f.score >= s.a"],
        ["f.score >= input.exchange.parameters.limit"],
        ["f.score >= 1 - 0.5"],
        ["limit := 0.5", "f.score >= limit"],
        ["some g in input.findings", "f.score > g.score"],
        ["f.score * 2 >= 1"],
        ["data.lictor.help.f(f.score)"],
        ["f.score in {0.5}"],
        ["f.score = 0.5"],
        ["y := f.score", "y > 0.5"],
        ["f.score > 0.5", "y := f.score", "y != 0.7"],
        ["f.score > 0.5", "count(input.findings) > 1"],
        ["f.score > 0.5", "some y in f", "y > 0.7"],
        ["f.score >= data.settings.far"],
        ["f.score >= 99999999999999999999999"],
        ["f.score >= data.settings.a", "y with data.settings.a as 0.1"],
    ],
)
def test_scores_that_matter_as_they_are(make_bundle: Make, lines: list[str]) -> None:
    assert _levels(make_bundle, lines, "\ny if input.findings\n") is None


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (["input.size.segments > data.settings.a"], {"segments": 1.5}),
        (["input.size.segments > 20", "input.size.segments < 40"], {"segments": 30}),
        (["input.size.segments > 20", "input.size.body_kib == 9"], {"segments": 21, "body_kib": 9}),
        (["input.size.segments > 20", "y := input.size.segments", "y != 2"], {"segments": 33}),
        (["input.size.segments > input.size.body_kib"], {"segments": 33, "body_kib": 9}),
        (["input.size.segments > 20", "some y in input.size", "y > 2"], {"segments": 33, "body_kib": 9}),
        (
            ["input.size.segments > 20", 'input.size[data.lictor.help.f("b")]'],
            {"segments": 33, "body_kib": 9},
        ),
        (["input.size.segments > 20", "y with input.size.segments as 1"], {"segments": 33}),
    ],
)
def test_sizes_are_alike(make_bundle: Make, lines: list[str], shown: dict[str, float]) -> None:
    body = "\n\t".join(lines)
    files = {"a.rego": f"{HEAD}x if {{\n\t{body}\n}}\n\ny if input.exchange\n", "h.rego": HELP}
    bundle = load(make_bundle(files, DATA))
    found = reads(bundle.modules, [("data", "lictor", "request", "x")], bundle.data)
    assert found.projected({"size": {"segments": 33, "body_kib": 9}}) == {"size": shown}


numbers = st.one_of(st.floats(-2, 2), st.integers(-3, 3))


@given(st.sets(numbers, max_size=4), numbers, numbers)
def test_what_stands_for_a_score_is_on_the_same_side(
    thresholds: set[float], score: float, other: float
) -> None:
    levels = Levels(tuple(sorted(thresholds)))
    shown = levels.of(score)
    assert isinstance(shown, int | float)
    assert [(shown > each, shown == each) for each in levels.thresholds] == [
        (score > each, score == each) for each in levels.thresholds
    ]
    assert levels.of(shown) == shown
    wider = levels | Levels((other,))
    assert levels.of(wider.of(score)) == shown


def test_scores_between_two_thresholds_are_one() -> None:
    assert len({Levels((0.5, 0.7)).of(score) for score in (0.1, 0.2, 0.51, 0.69, 0.8, 0.9)}) == 3


@pytest.mark.parametrize("score", ["0.6", None, True, [0.6]])
def test_what_is_no_number_stays(score: object) -> None:
    assert Levels((0.5,)).of(score) is score


HOLDS = {">=": ge, ">": gt, "<": lt, "<=": le, "==": eq, "!=": ne}
SOURCE = """
flag contains {{"rule": "a.b", "reason": "R.", "findings": [f.id]}} if {{
	some f in input.findings
	f.score {} {}
}}
"""


@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    st.sampled_from(sorted(HOLDS)),
    st.sampled_from(["data.settings.a", "0.5", "data.settings.by[f.label]"]),
    st.lists(st.sampled_from([0, 0.1, 0.5, 0.50001, 0.7, 1.0, 1, 3]), min_size=1, max_size=3),
)
def test_rules_say_what_they_say_of_the_scores_themselves(
    make_bundle: Make, operator: str, limit: str, scores: list[float]
) -> None:
    engine = EmbeddedEngine(load(make_bundle({"a.rego": HEAD + SOURCE.format(operator, limit)}, DATA)))
    found = [{"id": f"f{n}", "label": "email", "score": score} for n, score in enumerate(scores)]
    against = 0.7 if "label" in limit else 0.5
    said = {id_ for verdict in engine.evaluate("request", {"findings": found}) for id_ in verdict.findings}
    assert said == {f"f{n}" for n, score in enumerate(scores) if HOLDS[operator](score, against)}
