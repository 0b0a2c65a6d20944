"""Restoring after policy has judged: whose edit stands where, and what is counted."""

import pytest

from gateway.core.segment import Kind, Segment
from gateway.flow.obligations import Changes
from gateway.flow.placeholders import Placeholders
from gateway.flow.restoring import restore
from gateway.wire.splice import Edit, merged

PLACEHOLDERS = Placeholders(lambda purpose, parts: "".join(parts).encode().rjust(32, b"."), "acme")
TOKEN = PLACEHOLDERS.mint("email", "ann@example.com")
ANN = "ann@example.com"


def segment(text: str, kind: Kind = "text", pointer: str = "/t") -> Segment:
    return Segment("s0", "assistant", kind, pointer, text)


def after(text: str, *redacted: tuple[int, int]) -> tuple[str, int]:
    """The text that is released, when policy wants spans redacted, and how many tokens were restored."""
    edits = tuple(Edit("/t", start, end, "[X]") for start, end in redacted)
    changes = Changes(edits, redactions=frozenset(edits))
    done = restore(PLACEHOLDERS, changes, [segment(text)], lambda _: True)
    out = text
    for edit in reversed(merged(done.edits)):
        out = out[: edit.start] + edit.text + out[edit.end :]
    return out, done.counts.get("email", 0)


END = len(TOKEN)


@pytest.mark.parametrize(
    ("text", "redacted", "released"),
    [
        (f"{TOKEN} {TOKEN}", [], (f"{ANN} {ANN}", 2)),
        (TOKEN, [(0, END)], (ANN, 1)),
        (TOKEN, [(6, END)], (ANN, 1)),
        (f"<{TOKEN}>.", [(0, END + 3)], (f"<{ANN}>.", 1)),
        (f"{TOKEN}, {TOKEN}", [(0, 2 * END + 2)], (f"{ANN}, {ANN}", 2)),
        (f"{TOKEN} Eve", [(0, END + 4)], ("[X]", 0)),
        (f"Eve {TOKEN}", [(2, 8)], (f"Ev[X]{TOKEN[4:]}", 0)),
        (f"Eve {TOKEN}", [(0, 3)], (f"[X] {ANN}", 1)),
    ],
    ids=["untouched", "whole", "part", "marks around", "two", "with a name", "across", "beside"],
)
def test_what_policy_asks_for_goes_first_but_for_tokens_alone(
    text: str, redacted: list[tuple[int, int]], released: tuple[str, int]
) -> None:
    assert after(text, *redacted) == released


def test_a_replaced_text_stays_replaced() -> None:
    whole = Edit("/t", 0, END, "withheld")
    done = restore(PLACEHOLDERS, Changes((whole,)), [segment(TOKEN)], lambda _: True)
    assert (list(done.edits), dict(done.counts)) == ([whole], {})


def test_a_signed_text_keeps_its_tokens() -> None:
    done = restore(PLACEHOLDERS, Changes(), [segment(TOKEN, "reasoning")], lambda _: False)
    assert (list(done.edits), dict(done.counts)) == ([], {})


def test_a_value_in_arguments_that_were_cut_short_is_escaped() -> None:
    placeholders = Placeholders(lambda purpose, parts: bytes(32), "acme")
    text = placeholders.mint("name", 'Ann "Axe"')
    cut = segment(f'{{"to": "{text}', "tool_arguments")
    (edit,) = restore(placeholders, Changes(), [cut], lambda _: True).edits
    assert edit.text == 'Ann \\"Axe\\"'
    (edit,) = restore(placeholders, Changes(), [segment(text, "tool_arguments")], lambda _: True).edits
    assert edit.text == 'Ann "Axe"'


def test_without_placeholders_nothing_is_looked_at() -> None:
    def fail(_: str) -> bool:
        raise AssertionError

    empty = Placeholders(lambda purpose, parts: bytes(32), "acme")
    asked = Changes((Edit("/t", 0, 1, "x"),))
    assert restore(empty, asked, [segment(TOKEN)], fail).edits == asked.edits
