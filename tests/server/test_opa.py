"""The gateway's side of OPA: waiting on threads, the bounds of it, and what settings refuse."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import orjson
import pytest

from gateway.core.decision import Answer
from gateway.core.errors import ConfigError
from gateway.core.exchange import Caller, Exchange
from gateway.flow.commands import Judge
from gateway.policy.opa.breaker import Breaker
from gateway.policy.opa.engine import Answered, OpaEngine
from gateway.policy.opa.fault import OpaFault
from gateway.policy.opa.snapshot import OpaSnapshot
from gateway.policy.opa.transport import Answered as Said
from gateway.policy.plan import Plan
from gateway.server.envoy.service import Whole
from gateway.server.metrics import Metrics
from gateway.server.opa import OpaGoverned, opa
from gateway.server.settings import OpaSettings
from gateway.server.waiting import Waiting

EXCHANGE = Exchange("lx-1", "chat.completions", "openai_chat", Caller())
QUESTION = Judge("request", EXCHANGE, Plan((), ()), (), (), ())


async def until(look: Callable[[], object]) -> None:
    """Let others run until something is so."""
    while not look():  # noqa: ASYNC110 - threads set no events of the loop
        await asyncio.sleep(0.001)


class Held:
    """OPA, which answers when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked = 0
        self.documents: list[bytes] = []

    def ask(self, package: str, document: bytes) -> Answered:
        self.asked += 1
        self.documents.append(document)
        self.go.wait()
        return Said("r1", {"stream": "window"} if package == "plan" else {})

    def close(self) -> None:
        pass


@pytest.fixture
def held() -> Iterator[Held]:
    asking = Held()
    yield asking
    asking.go.set()


def governed(held: Held, *, threads: int = 1, queue: int = 1, patience_s: float = 60.0) -> OpaGoverned:
    engine = OpaEngine(
        held,
        Breaker(failures=9, cooldown_s=9, clock=lambda: 0.0),
        installed=("patterns",),
        listener=Metrics(),
    )
    waiting = Waiting(threads=threads, queue=queue, patience_s=patience_s)
    return OpaGoverned(OpaSnapshot(engine, installed=("patterns",)), waiting)


async def test_the_event_loop_goes_on_while_opa_thinks(held: Held) -> None:
    rules = governed(held)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(_awaited(rules, QUESTION))
        await until(lambda: held.asked)
        assert not task.done()
        held.go.set()
    assert (task.result().answer, task.result().revision) == (Answer.ALLOW, "r1")
    await asyncio.sleep(0)
    rules.waiting.close()


async def test_rules_see_the_time_that_is_recorded(held: Held) -> None:
    held.go.set()
    rules = governed(held)
    await rules.judge(replace(QUESTION, now_ms=1_767_225_600_123))
    assert orjson.loads(held.documents[-1])["time"]["unix_ms"] == 1_767_225_600_123
    rules.waiting.close()


async def _awaited(rules: OpaGoverned, question: Judge):  # type: ignore[no-untyped-def] # noqa: ANN202
    return await rules.judge(question)


async def test_a_plan_that_is_known_is_not_waited_for(held: Held) -> None:
    held.go.set()
    rules = governed(held)
    first = rules.plan(EXCHANGE)
    assert not isinstance(first, Plan)
    plan = await first
    assert plan == rules.plan(EXCHANGE) == Plan(("patterns",), ("patterns",))
    assert Whole(rules).plan(EXCHANGE) == replace(plan, stream="buffer")
    other = Whole(rules).plan(replace(EXCHANGE, model="other"))
    assert not isinstance(other, Plan)
    assert await other == replace(plan, stream="buffer")
    rules.waiting.close()


async def test_one_question_too_many_is_a_fault_of_its_own(held: Held) -> None:
    rules = governed(held)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_awaited(rules, QUESTION)) for _ in range(3)]
        await until(tasks[2].done)
        decision = tasks[2].result()
        assert decision.answer is Answer.ERROR_CLOSED
        assert decision.verdicts[0].params == {"why": "overloaded"}
        with pytest.raises(OpaFault):
            await rules._planned(EXCHANGE)
        assert held.asked == 1
        held.go.set()
    assert [task.result().answer for task in tasks[:2]] == [Answer.ALLOW] * 2
    await until(lambda: not rules.waiting.open)
    rules.waiting.close()


async def test_nobody_waits_longer_than_declared_and_who_leaves_frees_the_queue(held: Held) -> None:
    rules = governed(held, patience_s=0.05)
    decision = await rules.judge(QUESTION)
    assert decision.verdicts[0].params == {"why": "timeout"}
    assert rules.waiting.open == 1  # the thread still waits for OPA
    assert (await rules.judge(QUESTION)).verdicts[0].params == {"why": "timeout"}
    await until(lambda: rules.waiting.open == 1)  # what waited for its turn is forgotten
    assert held.asked == 1
    held.go.set()
    await until(lambda: not rules.waiting.open)
    rules.waiting.close()


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"token_env": "NOBODY_SETS_THIS"}, r"policy\.opa\.token_env: .*NOBODY_SETS_THIS"),
        ({"cert": "a.pem"}, "`cert` and `key` belong together"),
    ],
)
def test_what_cannot_be_used_is_refused(settings: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        opa(OpaSettings(**settings), {}, installed=(), digest=str, listener=Metrics())  # type: ignore[arg-type]
