import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from gateway.core.errors import CallerError, UpstreamError
from gateway.providers.client import ConnectTimeout, Headers, UpstreamRequest, UpstreamResponse
from gateway.providers.dispatch import MAX_PAUSE_S, Dispatcher
from gateway.providers.upstream import Route, Routing, Upstream

Ask = Callable[..., UpstreamRequest]

A = Upstream("a", "openai", "https://a.test/v1")
B = Upstream("b", "openai", "https://b.test/v1")
ONCE = Upstream("once", "openai", "https://once.test/v1", retries=0)
OTHER = Upstream("other", "anthropic", "https://other.test/v1")

UNREACHABLE = UpstreamError("unreachable", "gone")
CONNECT = ConnectTimeout("slow", upstream="a")
READ_TIMEOUT = UpstreamError("timeout", "silent")
PROTOCOL = UpstreamError("protocol", "garbled")


@dataclass
class Answered:
    """A response with nothing behind it."""

    status: int
    headers: Headers = ()
    upstream: str = ""
    attempts: int = 0
    closed: bool = False

    async def read(self) -> bytes:
        return b""

    async def chunks(self) -> AsyncIterator[bytes]:
        yield b""

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class Scripted:
    """A client that answers from a list."""

    results: Sequence[Answered | UpstreamError | CallerError]
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    closed: bool = False

    async def send(self, upstream: Upstream, request: UpstreamRequest) -> UpstreamResponse:
        self.asked.append(upstream.name)
        self.bodies.append(request.body)
        self.paths.append(request.path)
        result = self.results[len(self.asked) - 1]
        if not isinstance(result, Answered):
            raise result
        return result

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class Pauses:
    """Notes the pauses instead of making them."""

    noted: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.noted.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


def answers(*statuses: int) -> list[Answered]:
    return [Answered(status) for status in statuses]


@pytest.mark.parametrize(
    ("upstreams", "results", "asked"),
    [
        ([A], answers(200), "a"),
        ([A], answers(429, 200), "a a"),
        ([A], answers(500, 500), "a a"),
        ([ONCE], answers(503), "once"),
        ([A, B], answers(503, 200), "a b"),
        ([A, B], answers(500, 502, 529, 200), "a b a b"),
        ([A, B], answers(503, 503, 503, 503), "a b a b"),
        ([ONCE, A], answers(503, 503, 200), "once a a"),
        ([A, B], [UNREACHABLE, Answered(200)], "a b"),
        ([A, B], [CONNECT, Answered(200)], "a b"),
        ([A, B], [UNREACHABLE, Answered(503), CONNECT, Answered(429)], "a b a b"),
        *(
            ([A, B], answers(status), "a")
            for status in (200, 204, 302, 400, 401, 403, 404, 408, 409, 422, 501, 504)
        ),
    ],
)
async def test_answers(
    pauses: Pauses, ask: Ask, upstreams: list[Upstream], results: list[Answered | UpstreamError], asked: str
) -> None:
    client = Scripted(results)
    response = await Dispatcher(client, sleep=pauses).send(upstreams, ask())
    assert response is results[-1]
    assert client.asked == asked.split()
    assert response.attempts == len(client.asked)
    kept = [result for result in results if isinstance(result, Answered) and not result.closed]
    assert kept == [response]


@pytest.mark.parametrize(
    ("results", "code", "asked"),
    [
        ([READ_TIMEOUT], "timeout", "a"),
        ([PROTOCOL], "protocol", "a"),
        ([UNREACHABLE] * 4, "unreachable", "a b a b"),
        ([Answered(503), READ_TIMEOUT], "timeout", "a b"),
        ([Answered(503), CONNECT, Answered(503), CONNECT], "timeout", "a b a b"),
    ],
)
async def test_faults(
    pauses: Pauses, ask: Ask, results: list[Answered | UpstreamError], code: str, asked: str
) -> None:
    client = Scripted(results)
    with pytest.raises(UpstreamError) as caught:
        await Dispatcher(client, sleep=pauses).send([A, B], ask())
    assert (caught.value.code, caught.value.attempts) == (code, len(client.asked))
    assert client.asked == asked.split()


async def test_the_first_lap_does_not_wait_and_later_laps_do(pauses: Pauses, ask: Ask) -> None:
    patient = [Upstream(name, "openai", "https://x.test", retries=8) for name in "ab"]
    await Dispatcher(Scripted(answers(*[503] * 18)), sleep=pauses).send(patient, ask())
    assert pauses.noted[0] == 0.0
    assert all(0 < pause <= MAX_PAUSE_S for pause in pauses.noted[1:])
    assert pauses.noted[-1] > pauses.noted[1]


@pytest.mark.parametrize(
    ("headers", "asked", "least"),
    [
        ({"retry-after": "2"}, 2, 2.0),
        ({"retry-after-ms": "1500", "retry-after": "60"}, 2, 1.5),
        ({"retry-after": "5.1"}, 1, None),
        ({"retry-after": "inf"}, 1, None),
        ({"retry-after": "nan"}, 2, 0.1),
        ({"retry-after": "-3"}, 2, 0.1),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 2, 0.1),
        ({"x-should-retry": "false"}, 1, None),
    ],
)
async def test_what_the_same_upstream_wishes(
    pauses: Pauses, ask: Ask, headers: dict[str, str], asked: int, least: float | None
) -> None:
    fields = [(name.encode(), value.encode()) for name, value in headers.items()]
    client = Scripted([Answered(429, fields), Answered(200)])
    await Dispatcher(client, sleep=pauses).send([A], ask())
    assert len(client.asked) == asked
    assert least is None or least <= pauses.noted[0] <= MAX_PAUSE_S


async def test_another_upstream_is_asked_whatever_the_first_one_wishes(pauses: Pauses, ask: Ask) -> None:
    client = Scripted([Answered(429, [(b"retry-after", b"3600")]), Answered(200)])
    response = await Dispatcher(client, sleep=pauses).send([A, B], ask())
    assert (response.status, pauses.noted) == (200, [0.0])


@pytest.mark.parametrize(
    ("family", "path", "dialect"),
    [("openai", "/chat/completions?x=1", OTHER), ("anthropic", "/messages", A)],
)
async def test_the_other_dialect_goes_through_the_translator(
    ask: Ask, family: str, path: str, dialect: Upstream
) -> None:
    plain, translator = Scripted([]), Scripted(answers(200, 200))
    made: list[Scripted] = []

    def make() -> Scripted:
        made.append(translator)
        return translator

    dispatcher = Dispatcher(plain, make)
    await asyncio.gather(*(dispatcher.send([dialect], ask(family=family, path=path)) for _ in range(2)))
    await dispatcher.aclose()
    assert translator.asked == [dialect.name] * 2
    assert made == [translator]
    assert plain.closed
    assert translator.closed


@pytest.mark.parametrize("path", ["/embeddings", "/responses", "/messages"])
async def test_what_cannot_be_translated_is_the_callers_fault(ask: Ask, path: str) -> None:
    with pytest.raises(CallerError) as caught:
        await Dispatcher(Scripted([]), lambda: Scripted([])).send([OTHER], ask(path=path))
    assert (caught.value.status, caught.value.code) == (400, "unsupported_endpoint")


UNTRANSLATABLE = CallerError(400, "untranslatable", "no")


async def test_a_request_that_one_upstream_cannot_be_told_goes_to_the_next(ask: Ask) -> None:
    client, translator = Scripted(answers(200)), Scripted([UNTRANSLATABLE] * 2)
    dispatcher = Dispatcher(client, lambda: translator)
    response = await dispatcher.send([OTHER, A], ask())
    assert (response.status, response.attempts) == (200, 2)
    with pytest.raises(CallerError):
        await dispatcher.send([OTHER], ask())
    assert len(translator.asked) == 2


async def test_upstreams_that_cannot_serve_are_passed_over(ask: Ask) -> None:
    client = Scripted(answers(200))
    response = await Dispatcher(client).send([OTHER, A], ask(path="/embeddings"))
    assert (client.asked, response.attempts) == (["a"], 1)


async def test_a_translator_is_made_at_start_only_where_one_is_needed() -> None:
    made: list[int] = []

    def make() -> Scripted:
        made.append(1)
        return Scripted([])

    dispatcher = Dispatcher(Scripted([]), make)
    await dispatcher.warm(Routing([Route("gpt-*", ("a",)), Route("*", (OTHER.name,))], [A, OTHER]))
    assert not made
    falls_back = Routing([Route("*", ("a", OTHER.name))], [A, OTHER])
    await dispatcher.warm(falls_back)
    await dispatcher.warm(falls_back)
    assert len(made) == 1


RENAMING = Upstream("renaming", "openai", "https://r.test/v1", models={"small": "vendor/small-1"})


async def test_each_upstream_gets_the_name_that_it_knows(pauses: Pauses, ask: Ask) -> None:
    client = Scripted(answers(503, 503, 200, 200))
    request = ask(b"[small]", model="small", renamed=lambda name: b"[%b]" % name.encode())
    dispatcher = Dispatcher(client, sleep=pauses)
    await dispatcher.send([RENAMING, A], request)
    await dispatcher.send([A], request)
    assert client.bodies == [b"[vendor/small-1]", b"[small]", b"[vendor/small-1]", b"[small]"]


async def test_a_name_in_the_path_is_exchanged_there(pauses: Pauses, ask: Ask) -> None:
    client = Scripted(answers(503, 200))
    request = ask(
        path="/models/small:chat",
        model="small",
        renamed=lambda _: b"{}",
        path_for=lambda name: f"/models/{name}:chat",
    )
    await Dispatcher(client, sleep=pauses).send([RENAMING, A], request)
    assert client.paths == ["/models/vendor/small-1:chat", "/models/small:chat"]


async def test_the_translator_gets_the_upstreams_name_too(ask: Ask) -> None:
    translator = Scripted(answers(200))
    upstream = Upstream("t", "anthropic", "https://t.test/v1", models={"small": "claude-small"})
    request = ask(b"[small]", model="small", renamed=lambda name: b"[%b]" % name.encode())
    await Dispatcher(Scripted([]), lambda: translator).send([upstream], request)
    assert translator.bodies == [b"[claude-small]"]


@pytest.mark.parametrize("model", ["large", ""])
async def test_other_names_and_bodies_without_one_stay(ask: Ask, model: str) -> None:
    client = Scripted(answers(200))
    request = ask(b"[]", model=model)
    await Dispatcher(client).send([RENAMING], request)
    assert client.bodies == [request.body]
