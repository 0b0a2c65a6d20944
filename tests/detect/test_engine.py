"""The screens agree with each other and with ``re``."""

# ruff: noqa: RUF001 - characters that look alike are the subject

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.finding import Hit
from gateway.detect.battery import Battery
from gateway.detect.engine import HyperscanScreen, Probe, ReScreen
from gateway.detect.fold import fold
from gateway.detect.overlap import resolve
from gateway.detect.patterns import PATTERNS
from gateway.detect.recogniser import PROVEN, Form, Recogniser
from gateway.detect.secrets import SECRETS
from tests.detect.conftest import cases, unmark

FAMILIES = {"patterns": PATTERNS, "secrets": SECRETS}
IDS = ("patterns", "secrets")
KNOWN = [unmark(text)[0] for name in IDS for _, text in cases(name, "yes")]
TEXTS = st.lists(
    st.sampled_from(KNOWN)
    | st.text(max_size=40)
    | st.sampled_from(["١٢٣", "–", " ", "４１１１", "\ud800", "🙂"]),
    max_size=4,
).map(" ".join)


@pytest.fixture(scope="module")
def batteries() -> tuple[Battery, Battery]:
    return Battery(FAMILIES), Battery(FAMILIES, ReScreen)


def test_the_fallback_gives_the_same_answers_on_every_case(batteries: tuple[Battery, Battery]) -> None:
    fast, plain = batteries
    for text in [*KNOWN, *(text for name in IDS for _, text in cases(name, "no"))]:
        assert fast.examine(text, IDS) == plain.examine(text, IDS)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_the_fallback_gives_the_same_answers_on_any_text(
    batteries: tuple[Battery, Battery], text: str
) -> None:
    fast, plain = batteries
    assert fast.examine(text, IDS) == plain.examine(text, IDS)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_spans_are_valid_ordered_and_disjoint(batteries: tuple[Battery, Battery], text: str) -> None:
    for report in batteries[0].examine(text, IDS).values():
        ends = [0, *(hit.end for hit in report.hits)]
        assert all(
            end <= hit.start < hit.end <= len(text) for end, hit in zip(ends, report.hits, strict=False)
        )
        assert all(0 < hit.score <= 1 for hit in report.hits)


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_a_found_value_is_found_again_alone(batteries: tuple[Battery, Battery], text: str) -> None:
    value = "ada@example.org"
    for hit in batteries[0].examine(f"{text} {value} {text}", IDS)["patterns"].hits:
        if hit.label == "email":
            again = batteries[0].examine(f"{text} {value} {text}"[hit.start : hit.end], IDS)["patterns"].hits
            assert [(h.label, h.start, h.end) for h in again] == [("email", 0, hit.end - hit.start)]


def test_folding_keeps_every_position() -> None:
    assert fold("４１－٤２ é🙂") == "41-42 é🙂"


@pytest.mark.parametrize(
    "text",
    ["call ＋４４ ２０ ７９４６ ０９５８", "SSN 536–90–4399", "card ٤١١١ ١١١١ ١١١١ ١١١١", "ada＠example.org"],
)
def test_foreign_digits_and_dashes_hide_nothing(batteries: tuple[Battery, Battery], text: str) -> None:
    hits = batteries[0].examine(text, IDS)["patterns"].hits
    assert len(hits) == 1
    assert hits[0].end == len(text)


def test_each_thread_has_its_own_scratch() -> None:
    screen = HyperscanScreen([Probe("foo"), Probe("bar", caseless=True)])
    answers: list[list[int]] = []

    def scan() -> None:
        answers.extend(sorted(screen.seen("a foo and a BAR")) for _ in range(200))

    threads = [threading.Thread(target=scan) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[0, 1]] * 800


@pytest.mark.parametrize(
    "unit",
    [
        "1234567890",
        "a@",
        "deadbeef01",
        "4111111111111112 ",
        "sk-",
        "eyJ",
        "-----BEGIN ",
        "x:",
        "::",
        "password=",
        "token=",
        "-eyJ",
        "://a:",
        "call 0123456 ",
        "phone 123 456 7890 tel ",
        "-----BEGIN PRIVATE KEY-----\n",
        "A1",
    ],
)
def test_hostile_texts_stay_linear(batteries: tuple[Battery, Battery], unit: str) -> None:
    """A limit far above what they take, and far below what a quadratic one would."""
    import time

    text = (unit * 16384)[:65536]
    start = time.perf_counter()
    batteries[0].examine(text, IDS)
    assert time.perf_counter() - start < 2.0


def test_a_text_made_to_exhaust_the_validators_is_reported_as_such() -> None:
    never = Recogniser(
        "never", "pii", (Form(r"\d", alone=PROVEN, validate=lambda _: 0.0, before="", after=""),)
    )
    report = Battery({"x": (never,)}).examine("1" * 10_000, ("x",))["x"]
    assert report.incomplete == "candidate_limit"


def test_the_more_certain_reading_wins_then_the_longer() -> None:
    card, phone, long = (
        Hit("pii", "card", 1.0, 5, 15),
        Hit("pii", "phone", 0.9, 0, 20),
        Hit("pii", "a", 0.9, 30, 40),
    )
    inner, toxic = Hit("pii", "b", 0.9, 31, 39), Hit("toxicity", "insult", 0.5, 0, 40)
    assert resolve([phone, inner, toxic, card, long]) == [toxic, card, long]
