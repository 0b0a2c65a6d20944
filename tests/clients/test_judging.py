"""The judge of the matrix sees what is wrong: a cell that nobody could fail would tell nothing."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.testing.upstream import Received
from tests.clients.clients import CLIENTS
from tests.clients.judging import complaints
from tests.clients.page import page
from tests.clients.running import Cell
from tests.clients.situations import ADDRESS, BY_NAME, SITUATIONS

CLIENT = next(client for client in CLIENTS if client.name == "openai-python")
PLAIN = {
    "type": "ChatCompletion",
    "text": "Hello there, friend.",
    "finish": "stop",
    "usage": [7, 5],
}
DENIED = {
    "raised": ["openai.BadRequestError", "openai.APIStatusError"],
    "status": 400,
    "code": "content_policy_violation",
    "message": "Denied by policy: The request carries a credential.",
    "decision": "lx-1",
}
SENT = Received("POST", "/v1/chat/completions", (), b"{}")


def cell(got: dict[str, Any], decision: str, *, received: int, direct: bool = False) -> Cell:
    return Cell(
        got=got,
        records=({"exchange": "lx-1", "answer": decision},),
        received=(SENT,) * received,
        abandoned=False,
        direct=got if direct else None,
        direct_calls=received,
    )


RIGHT = {
    "plain": cell(PLAIN, "allow", received=1, direct=True),
    "denial": cell(DENIED, "deny", received=0),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_cell_is_green(name: str) -> None:
    assert complaints(CLIENT, BY_NAME[name], RIGHT[name]) == []


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("plain", {"got": {**PLAIN, "text": "Hello"}}),
        ("plain", {"got": {**PLAIN, "finish": "length"}}),
        ("plain", {"got": {**PLAIN, "type": "dict"}}),
        ("plain", {"got": DENIED}),
        ("plain", {"got": {"missing": "it did not start"}}),
        ("plain", {"direct": {**PLAIN, "text": "Hi"}}),
        ("plain", {"direct_calls": 2}),
        ("plain", {"received": ()}),
        ("plain", {"records": ()}),
        ("denial", {"got": PLAIN}),
        ("denial", {"got": {**DENIED, "raised": ["openai.RateLimitError"]}}),
        ("denial", {"got": {**DENIED, "status": 403}}),
        ("denial", {"got": {**DENIED, "message": "No."}}),
        ("denial", {"got": {**DENIED, "decision": "lx-2"}}),
        ("denial", {"records": ({"exchange": "lx-1", "answer": "allow"},)}),
        ("denial", {"records": tuple({"exchange": f"lx-{i}", "answer": "deny"} for i in (1, 2, 3))}),
        ("denial", {"received": (SENT,)}),
    ],
)
def test_a_wrong_cell_is_not(name: str, changes: dict[str, Any]) -> None:
    assert complaints(CLIENT, BY_NAME[name], replace(RIGHT[name], **changes)) != []


def test_what_had_to_stay_must_not_have_left() -> None:
    situation = BY_NAME["redaction"]
    got = {**PLAIN, "text": situation.expects["text"]}
    right = cell(got, "transform", received=1)
    leaked = replace(SENT, body=f'{{"content": "Write to {ADDRESS}"}}'.encode())
    assert complaints(CLIENT, situation, right) == []
    assert complaints(CLIENT, situation, replace(right, received=(leaked,))) != []


def test_a_client_that_left_must_have_been_followed() -> None:
    situation = BY_NAME["timeout"]
    right = replace(cell({"raised": ["openai.APITimeoutError"]}, "", received=1, direct=True), abandoned=True)
    assert complaints(CLIENT, situation, right) == []
    assert complaints(CLIENT, situation, replace(right, abandoned=False)) != []


def test_the_page_marks_what_is_wrong() -> None:
    green: dict[tuple[str, str], list[str]] = {(CLIENT.name, situation.name): [] for situation in SITUATIONS}
    assert "✗" not in page(green, [CLIENT])
    assert page({**green, (CLIENT.name, "denial"): ["no exception"]}, [CLIENT]).count("✗") == 1
