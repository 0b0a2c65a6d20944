"""What is wrong with a cell; nothing, where it is green."""

from collections.abc import Iterator, Sequence
from typing import Any

from tests.clients.clients import Client
from tests.clients.running import Cell, Run
from tests.clients.situations import SITUATIONS, Situation


def verdicts(run: Run, clients: Sequence[Client]) -> dict[tuple[str, str], list[str]]:
    """Client and situation to what is wrong with the cell."""
    return {
        (client.name, situation.name): complaints(client, situation, run.cell(client, situation))
        for client in clients
        for situation in SITUATIONS
        if situation.name not in client.absent
    }


def complaints(client: Client, situation: Situation, cell: Cell) -> list[str]:
    """Everything that is not as it has to be."""
    return [
        *_wrong_values(client, situation, cell.got),
        *_wrong_calls(client, situation, cell),
        *_wrong_record(situation, cell),
        *_leaks(situation, cell),
        *_differences(cell),
    ]


def expected(client: Client, situation: Situation) -> dict[str, Any]:
    """What the client has to hand to its user, in the client's own words."""
    wanted = dict(situation.expects)
    if "finish" in wanted:
        wanted["finish"] = client.finishes[str(wanted["finish"])]
    if "raised" in wanted:
        wanted["raised"] = client.raises[str(wanted["raised"])]
    else:
        wanted["type"] = client.returns[situation.does]
    lacks = (*client.lacks.get("*", ()), *client.lacks.get(situation.name, ()))
    return {key: value for key, value in wanted.items() if key not in lacks}


def _wrong_values(client: Client, situation: Situation, got: dict[str, Any]) -> Iterator[str]:
    wanted = expected(client, situation)
    for key, value in wanted.items():
        if not _right(key, value, got.get(key)):
            yield f"{key}: {got.get(key)!r} in place of {value!r}; all of it: {got}"
    if "raised" in got and "raised" not in wanted:
        yield f"raised {got}"


def _right(key: str, wanted: Any, got: Any) -> bool:  # noqa: ANN401 - whatever the driver printed
    if key == "raised":
        return got is not None and set(wanted) <= set(got)
    return bool(wanted(got)) if callable(wanted) else bool(wanted == got)


def _wrong_calls(client: Client, situation: Situation, cell: Cell) -> Iterator[str]:
    calls = situation.calls
    if calls is not None:
        wanted = client.attempts if situation.retried else calls
        made = len({record["exchange"] for record in cell.records})
        if made != wanted:
            yield f"{made} calls of the gateway in place of {wanted}"
        calls = wanted
    forwarded = calls if situation.forwarded is None else situation.forwarded
    if len(cell.received) != forwarded:
        yield f"{len(cell.received)} calls of the upstream in place of {forwarded}"


def _wrong_record(situation: Situation, cell: Cell) -> Iterator[str]:
    if not situation.decision:
        return
    answers = [record["answer"] for record in cell.records if "answer" in record]
    if set(answers) != {situation.decision}:
        yield f"decided {answers} in place of {situation.decision}"
    told = cell.got.get("decision")
    if "raised" in situation.expects and told not in {record["exchange"] for record in cell.records}:
        yield f"the decision id {told!r} is in no record"


def _differences(cell: Cell) -> Iterator[str]:
    """From what the client does without a gateway."""
    if cell.direct is None:
        return
    if cell.got != cell.direct:
        yield f"without a gateway: {cell.direct}, with it: {cell.got}"
    if cell.direct_calls != len(cell.received):
        yield f"calls without a gateway: {cell.direct_calls}, with it: {len(cell.received)}"


def _leaks(situation: Situation, cell: Cell) -> Iterator[str]:
    if situation.abandoned and not cell.abandoned:
        yield "the gateway did not leave the upstream when the client left"
    for text in situation.never_upstream:
        if any(text.encode() in request.body for request in cell.received):
            yield "the upstream received what had to stay"
