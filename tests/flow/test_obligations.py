"""Redactions as edits: overlapping ones are one, in the order of the body, in the style that is asked for."""

from collections.abc import Callable

import pytest

from gateway.core.decision import Answer, Decision, Effect, Obligation
from gateway.core.finding import Finding
from gateway.core.segment import Segment
from gateway.flow.obligations import Changes, Material, Unmet, changes
from gateway.flow.redaction import Style
from gateway.testing.playbook import REVISION

TEXT = "Ann Lee, ann@lee.example, 4111"


def told(style: str) -> Style:
    return lambda label, value: None if value == "keep" else f"<{style} {label} {value}>"


STYLES = {style: told(style) for style in ("mask", "hash", "format", "placeholder")}


def edited(
    *asked: tuple[str, int, int, str], text: str = TEXT, rewritable: Callable[[str], bool] = lambda _: True
) -> Changes:
    """What becomes of findings: label, start, end and style of each."""
    findings = [
        Finding(f"f{number}", "d", "1", "pii", label, 1.0, "s0", start, end)
        for number, (label, start, end, _) in enumerate(asked)
    ]
    obligations = tuple(
        Obligation(Effect.REDACT, "r.r", (f"f{number}",), {"with": style})
        for number, (*_, style) in enumerate(asked)
    )
    segment = Segment("s0", "user", "text", "/t", text)
    decision = Decision("request", Answer.TRANSFORM, (), obligations, REVISION)
    return changes(decision, findings, Material([segment], (), {}, (), rewritable, STYLES))


def texts(made: Changes) -> list[tuple[int, int, str]]:
    return [(edit.start, edit.end, edit.text) for edit in made.edits]


def test_values_are_replaced_in_the_order_of_the_text() -> None:
    made = edited(("email", 9, 24, "placeholder"), ("person", 0, 7, "hash"))
    assert texts(made) == [(0, 7, "<hash person Ann Lee>"), (9, 24, "<placeholder email ann@lee.example>")]
    assert made.redactions == frozenset(made.edits)


def test_overlapping_findings_are_one_value_under_the_label_of_the_longest() -> None:
    made = edited(
        ("person", 0, 12, "placeholder"), ("email", 9, 24, "placeholder"), ("x", 10, 12, "placeholder")
    )
    assert texts(made) == [(0, 24, "<placeholder email Ann Lee, ann@lee.example>")]


def test_the_label_does_not_depend_on_the_order() -> None:
    one = edited(("person", 0, 7, "placeholder"), ("name", 0, 7, "placeholder"))
    assert texts(one) == texts(edited(("name", 0, 7, "placeholder"), ("person", 0, 7, "placeholder")))
    assert texts(one) == [(0, 7, "<placeholder name Ann Lee>")]


def test_of_two_styles_the_one_counts_that_says_less() -> None:
    assert texts(edited(("a", 0, 7, "placeholder"), ("b", 4, 7, "mask")))[0][2] == "<mask a Ann Lee>"
    assert texts(edited(("a", 0, 7, "format"), ("b", 0, 7, "hash")))[0][2] == "<hash a Ann Lee>"


def test_neighbours_stay_apart() -> None:
    assert len(edited(("a", 0, 3, "mask"), ("b", 3, 7, "mask")).edits) == 2


def test_what_may_stay_stays() -> None:
    assert not edited(("a", 0, 4, "placeholder"), text="keep")


@pytest.mark.parametrize(
    ("style", "rewritable", "why"), [("blur", True, "unknown_style"), ("mask", False, "not_rewritable")]
)
def test_what_cannot_be_done_is_said(style: str, why: str, *, rewritable: bool) -> None:
    with pytest.raises(Unmet, match=why):
        edited(("a", 0, 3, style), rewritable=lambda _: rewritable)
