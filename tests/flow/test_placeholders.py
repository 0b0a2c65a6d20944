"""Placeholders: to the token and back, for their owner alone, however a model spells and splits them."""

import hmac
import json
import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.flow.placeholders import Placeholders, normal
from gateway.flow.tokens import LETTERS, LONGEST, token
from gateway.wire.splice import Edit, merged, splice
from gateway.wire.strict import parse

KEY = b"k" * 32


def seal(purpose: str, parts: Sequence[str]) -> bytes:
    message = json.dumps([purpose, *parts]).encode()
    return hmac.digest(KEY, message, "sha256")


def made(text: str, edits: Sequence[Edit]) -> str:
    parts: list[str] = []
    at = 0
    for edit in merged(edits):
        parts += text[at : edit.start], edit.text
        at = edit.end
    return "".join((*parts, text[at:]))


def restored(placeholders: Placeholders, text: str) -> str:
    return made(text, placeholders.edits("", text))


LABELS = st.sampled_from(["email", "card", "phone", "us_ssn", "date_of_birth", "PERSON", "iban"])
VALUES = st.text(min_size=1, max_size=24)
PROSE = st.text(max_size=24)
PIECES = st.lists(st.one_of(PROSE, st.tuples(LABELS, VALUES)), max_size=8)
"""A text as prose and values in turn."""


def spoken(pieces: Sequence[str | tuple[str, str]]) -> str:
    return "".join(piece if isinstance(piece, str) else piece[1] for piece in pieces)


def redacted(placeholders: Placeholders, pieces: Sequence[str | tuple[str, str]]) -> str:
    return "".join(piece if isinstance(piece, str) else placeholders.mint(*piece) for piece in pieces)


# --- there and back -----------------------------------------------------------------------------------------


@given(PIECES)
def test_the_owner_gets_back_what_was_said(pieces: list[str | tuple[str, str]]) -> None:
    placeholders = Placeholders(seal, "acme")
    assert restored(placeholders, redacted(placeholders, pieces)) == spoken(pieces)


@given(PIECES, PIECES)
def test_nobody_gets_the_values_of_another(
    ours: list[str | tuple[str, str]], theirs: list[str | tuple[str, str]]
) -> None:
    """Two exchanges of one tenant, interleaved; the upstream mixes both requests in its answer."""
    one, other = Placeholders(seal, "acme"), Placeholders(seal, "acme")
    texts: dict[Placeholders, list[str]] = {one: [], other: []}
    for pair in zip(ours, theirs, strict=False):
        for placeholders, piece in zip((one, other), pair, strict=True):
            texts[placeholders].append(redacted(placeholders, [piece]))
    mixed = "".join((*texts[one], *texts[other]))
    mine = {piece for piece in ours if isinstance(piece, tuple)}
    for found in one.find(mixed):
        assert (found.label, found.value) in mine


@given(LABELS, VALUES)
def test_a_value_has_one_token_wherever_it_is_said(label: str, value: str) -> None:
    first, later = Placeholders(seal, "acme"), Placeholders(seal, "acme")
    later.mint("email", "somebody.else@example.com")
    assert first.mint(label, value) == later.mint(label, value) == first.mint(label, value)


@given(LABELS, VALUES)
def test_tenants_have_tokens_of_their_own(label: str, value: str) -> None:
    ours, theirs = Placeholders(seal, "acme"), Placeholders(seal, "globex")
    text = theirs.mint(label, value)
    assert ours.mint(label, value) != text
    assert restored(ours, text) == text


@given(LABELS, LABELS, VALUES, VALUES)
def test_no_token_is_the_beginning_of_another(one: str, other: str, value: str, second: str) -> None:
    placeholders = Placeholders(seal, "acme")
    a, b = placeholders.mint(one, value), placeholders.mint(other, second)
    assert a == b or not a.startswith(b)


def test_a_token_is_letters_and_dashes_in_brackets() -> None:
    text = Placeholders(seal, "acme").mint("us_ssn", "078-05-1120")
    assert re.fullmatch(r"\[USSSN-[a-z]{5}-[a-z]{5}-[a-z]{5}\]", text)
    assert json.dumps(text) == f'"{text}"'


def test_spellings_of_one_value_are_told_apart_and_back() -> None:
    placeholders = Placeholders(seal, "acme")
    spaced, tight = (
        placeholders.mint("card", value) for value in ("4111 1111 1111 1111", "4111111111111111")
    )
    assert spaced != tight
    assert restored(placeholders, f"{tight} {spaced}") == "4111111111111111 4111 1111 1111 1111"
    assert Placeholders(seal, "acme").mint("card", "4111-1111-1111-1111") == spaced


def test_detectors_that_agree_but_for_letter_case_mean_one_value() -> None:
    assert Placeholders(seal, "acme").mint("EMAIL", "a@b.example") == Placeholders(seal, "acme").mint(
        "email", "a@b.example"
    )


def test_values_that_only_look_alike_are_different() -> None:
    """Dots of a date and of an address say something, those of a card number do not."""
    assert normal("ip_address", "1.11.1.1") != normal("ip_address", "11.1.1.1")
    assert normal("date_of_birth", "1.12.1990") != normal("date_of_birth", "11.2.1990")
    assert normal("email", "Jane.Doe@Example.com") == normal("email", "jane.doe@example.com")


def test_tokens_that_collide_are_kept_apart() -> None:
    def weak(purpose: str, parts: Sequence[str]) -> bytes:
        return bytes(31) + bytes([1]) if len(parts) == 3 else seal(purpose, parts)

    placeholders = Placeholders(weak, "acme")
    values = [f"{name}@example.com" for name in ("ann", "bob", "cid")]
    tokens = [placeholders.mint("email", value) for value in values]
    assert len({*tokens}) == 3
    assert restored(placeholders, " ".join(tokens)) == " ".join(values)


def test_nothing_is_restored_that_was_only_introduced() -> None:
    placeholders = Placeholders(seal, "acme")
    assert not placeholders
    text = placeholders.introduced("email", "eve@example.com")
    assert text == Placeholders(seal, "acme").mint("email", "eve@example.com")
    assert restored(placeholders, str(text)) == text


def test_a_value_of_the_callers_own_was_not_introduced() -> None:
    placeholders = Placeholders(seal, "acme")
    placeholders.mint("email", "ann@example.com")
    assert placeholders.introduced("email", "ann@example.com") is None
    assert placeholders.introduced("email", "ANN@example.com") is None
    assert placeholders.introduced("PERSON", "ann@example.com") is None
    assert placeholders.introduced("email", "bob@example.com")


# --- as models spell them -----------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "title case": str.title,
    "bold": lambda text: f"**{text}**",
    "code": lambda text: f"`{text}`",
    "quoted": lambda text: f'"{text}"',
    "link": lambda text: f"[{text}](mailto:{text})",
    "escaped": lambda text: text.replace("-", r"\-"),
    "underscores": lambda text: text.replace("-", "_"),
    "escaped underscores": lambda text: text.replace("-", r"\_"),
    "non-breaking hyphens": lambda text: text.replace("-", "\u2011"),
    "soft hyphens": lambda text: text.replace("-", "-\u00ad"),
    "no brackets": lambda text: text.strip("[]"),
    "half a bracket": lambda text: f"[{text.strip('[]')}, Ann]",
    "more brackets": lambda text: f"[{text}]",
    "run together": lambda text: text.replace("-", ""),
    "plural": lambda text: text + "s",
    "possessive": lambda text: text + "'s",
    "sentence": lambda text: f"So: {text}. Or ({text})?",
    "joined": lambda text: f"{text}/{text},{text}\u3001{text}",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("label", ["email", "us_ssn", "PERSON"])
def test_a_token_is_known_again(change: Callable[[str], str], label: str) -> None:
    placeholders = Placeholders(seal, "acme")
    said = change(placeholders.mint(label, "\u2603\u2603"))
    expected = {"plural": "\u2603\u2603s"}.get("", change("\u2603\u2603"))
    assert restored(placeholders, said) == expected


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("{code}", "ann@example.com"),
        ("Email ({code})", "Email (ann@example.com)"),
        ("E-mail: {spaced}", "E-mail: ann@example.com"),
        ("{wrapped}", "ann@example.com"),
        ("[MAIL {code}]", "[MAIL ann@example.com]"),
        ("\u0130\u0130 {token} \u0130", "\u0130\u0130 ann@example.com \u0130"),
        ("\U0001f600{token}\U0001f600", "\U0001f600ann@example.com\U0001f600"),
    ],
)
def test_a_code_without_its_kind_is_known_again(said: str, meant: str) -> None:
    placeholders = Placeholders(seal, "acme")
    text = placeholders.mint("email", "ann@example.com")
    code = text.strip("[]").partition("-")[2]
    said = said.format(
        token=text, code=code, spaced=code.replace("-", " "), wrapped=text.replace("-", "-\n", 2)
    )
    assert restored(placeholders, said) == meant


def test_what_is_no_token_stays() -> None:
    placeholders = Placeholders(seal, "acme")
    text = placeholders.mint("email", "ann@example.com")
    code = text.strip("[]").partition("-")[2]
    other = Placeholders(seal, "acme").mint("email", "bob@example.com")
    for said in (text[:-2], code[:-1], code[1:], "[EMAIL-lusab-babad-gutih]", "[EMAIL]", other, code[::-1]):
        assert restored(placeholders, said) == said


def test_a_value_is_escaped_inside_the_source_of_json() -> None:
    placeholders = Placeholders(seal, "acme")
    text = placeholders.mint("PERSON", 'Ann "the\n\\ axe"')
    source = f'{{"to": "{text}"}}'
    edits = placeholders.edits("", source, inside_json=True)
    assert json.loads(made(source, edits)) == {"to": 'Ann "the\n\\ axe"'}


@given(LABELS, VALUES)
def test_a_value_in_a_tools_arguments_leaves_them_valid(label: str, value: str) -> None:
    placeholders = Placeholders(seal, "acme")
    text = placeholders.mint(label, value)
    raw = json.dumps({"arguments": json.dumps({"to": text, "n": 1})}).encode()
    edits = placeholders.edits("/arguments/to", text)
    outer = parse(splice(raw, edits))
    assert isinstance(outer, dict)
    assert json.loads(outer["arguments"]) == {"to": value, "n": 1}


# --- as they arrive -----------------------------------------------------------------------------------------


def released(placeholders: Placeholders, pieces: Sequence[str]) -> str:
    """What a caller gets of a text that arrives in pieces."""
    out, held = "", ""
    for piece in pieces:
        held += piece
        end = placeholders.open_tail(held)
        out += restored(placeholders, held[:end])
        held = held[end:]
    return out + restored(placeholders, held)


NOISE = st.lists(
    st.sampled_from(
        [*"aeiou -_*`\\\n.1[](", "email", "EMAIL-", "card", "lusab", "\u00ad", "\u0130", "\U0001f600"]
    ),
    max_size=6,
).map("".join)


@st.composite
def answers(draw: st.DrawFn) -> tuple[Placeholders, str]:
    """A text with whole, changed and broken tokens."""
    placeholders = Placeholders(seal, "acme")
    said = [draw(NOISE)]
    for label, value in draw(st.lists(st.tuples(LABELS, VALUES), max_size=3)):
        text = placeholders.mint(label, value)
        text = draw(st.sampled_from(list(CHANGES.values())))(text)
        cut = draw(st.integers(0, len(text)))
        said += [draw(st.sampled_from([text, text, text[cut:], text[:cut]])), draw(NOISE)]
    return placeholders, "".join(said)


@given(answers(), st.data())
def test_pieces_are_restored_as_the_whole_is(answer: tuple[Placeholders, str], data: st.DataObject) -> None:
    placeholders, text = answer
    whole = restored(placeholders, text)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip((0, *cuts), (*cuts, len(text)), strict=True)]
    assert released(placeholders, pieces) == whole
    assert released(placeholders, list(text)) == whole


@given(answers())
def test_what_stands_before_the_open_tail_does_not_change(answer: tuple[Placeholders, str]) -> None:
    placeholders, text = answer
    for length in range(len(text)):
        end = placeholders.open_tail(text[:length])
        assert length - end < LONGEST
        assert restored(placeholders, text).startswith(restored(placeholders, text[:end]))


def test_little_is_held_back() -> None:
    placeholders = Placeholders(seal, "acme")
    text = placeholders.mint("email", "ann@example.com")
    assert placeholders.open_tail("Write to ") == 9
    assert placeholders.open_tail("Write to EM") == 9
    assert placeholders.open_tail("Write to [") == 9
    assert placeholders.open_tail("Write to " + text[:-1]) == 9
    assert placeholders.open_tail("Write to " + text) == 9 + len(text)
    assert placeholders.open_tail("Write to " + text[1:-1]) == 7 + len(text)
    assert placeholders.open_tail("Write to EMAIL.") == 15
    assert Placeholders(seal, "acme").open_tail("Write to EM") == 11


def test_a_code_has_48_bits() -> None:
    assert len({token("email", number.to_bytes(6, "big")).code for number in range(4096)}) == 4096
    assert len(token("email", bytes(6)).code) == LETTERS


def test_a_label_without_letters_still_has_a_kind() -> None:
    assert str(token("2024", bytes(6))) == "[DATA-babab-babab-babab]"
