"""The page: what came of a run, for readers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tests.clients.clients import CLIENTS, Client
from tests.clients.situations import SITUATIONS, Situation

Wrong = Mapping[tuple[str, str], Sequence[str]]
"""Client and situation to what is wrong with the cell; nothing, where it is green."""

TITLE = """# Real clients

Which clients work with the gateway in front of their provider, as of the versions below.
`make client-matrix` writes this page: it starts a scripted upstream and a real `lictor serve` in front of
it, runs each client against the gateway in a process of its own, and compares what the client handed to its
user, what the decision log says and what the upstream received with what they have to be. `make test` does
the same and fails, by name, on every cell that is not as this page says.

A tick stands for all of these: the client returned the object, or raised the exception, that its users
expect, with the very content; it called once where it was denied, and elsewhere as often as it calls its
provider; the decision on record is the right one, and its id the one that the user can read. Answers, errors
of the upstream and the client's own time-out are compared with those of the same client without a gateway,
and have to be equal.
"""

GROUPS = {
    "answers": "## Answers",
    "policy": "## Policy",
    "faults": "## Faults",
}

WORDS = {
    "bad_request": "denied request or answer (400)",
    "forbidden": "forbidden model (403)",
    "unauthorized": "wrong key (401)",
    "rate_limited": "rate limit (429)",
    "server_error": "upstream error (500)",
    "unavailable": "upstream's silence (504)",
    "broken": "broken stream",
    "timeout": "client's time-out",
}


def page(wrong: Wrong, clients: Sequence[Client] = CLIENTS) -> str:
    """The Markdown of the whole page."""
    parts = [TITLE, "\n".join(_versions(clients))]
    for group, heading in GROUPS.items():
        columns = [situation for situation in SITUATIONS if situation.group == group]
        parts += [heading, "\n".join(_matrix(clients, columns, wrong)), "\n".join(_legend(columns))]
    parts += ["## What users catch", "\n".join(_exceptions(clients)), "\n".join(_notes(clients))]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _versions(clients: Iterable[Client]) -> Iterator[str]:
    yield from _row("client", "language", "endpoint", "versions")
    yield "|---|---|---|---|"
    for client in clients:
        yield from _row(client.title, client.language, client.speaks, ", ".join(client.versions()))


def _matrix(clients: Iterable[Client], columns: Sequence[Situation], wrong: Wrong) -> Iterator[str]:
    yield from _row("client", *(column.title for column in columns))
    yield "|---|" + ":-:|" * len(columns)
    for client in clients:
        yield from _row(_named(client), *(_mark(client, column, wrong) for column in columns))


def _mark(client: Client, situation: Situation, wrong: Wrong) -> str:
    if situation.name in client.absent:
        return "-"
    return "✗" if wrong[client.name, situation.name] else "✓"


def _legend(columns: Iterable[Situation]) -> Iterator[str]:
    return (f"- **{column.title}**: {column.tells}." for column in columns)


def _exceptions(clients: Iterable[Client]) -> Iterator[str]:
    yield from _row("client", *WORDS.values(), "calls")
    yield "|---|" + "---|" * (len(WORDS) + 1)
    for client in clients:
        classes = (" and ".join(f"`{_short(name)}`" for name in client.raises[word]) for word in WORDS)
        yield from _row(_named(client), *classes, str(client.attempts))
    yield ""
    yield "*calls*: how often the client calls, by its own default, where asking again is allowed (429, 500)."


def _notes(clients: Iterable[Client]) -> Iterator[str]:
    for client in clients:
        for situation, keys in client.lacks.items():
            where = "" if situation == "*" else f" ({situation.replace('_', ' ')})"
            yield f"- {_named(client)}: hands no {' and no '.join(keys)} to its user{where}."
        for situation, why in client.absent.items():
            yield f"- {_named(client)}: no {situation.replace('_', ' ')}, {why}."


def _short(name: str) -> str:
    """The class as users import it."""
    return name.rpartition("/")[2].rpartition(".")[2]


def _named(client: Client) -> str:
    return f"{client.title}, {client.language}: {client.speaks}"


def _row(*cells: str) -> Iterator[str]:
    yield "| " + " | ".join(cells) + " |"
