"""Running a backtest over a log, in one process or in several."""

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from gateway.core.decision import Answer
from gateway.policy.backtest.candidate import Past, Verdicts, judge
from gateway.policy.backtest.exchanges import ALL, Found, Record, Source, Window, exchanges
from gateway.policy.backtest.past import Remade, remade
from gateway.policy.backtest.side import Pool, Side
from gateway.policy.backtest.sums import Example, Spending, Sums
from gateway.policy.backtest.sweep import Point, swept
from gateway.policy.bundle import load
from gateway.policy.compare import Change, Kind, not_compared
from gateway.policy.flips import FlipMatrix, Stratum
from gateway.policy.replay import Unreplayable, decision_of, replay

BUNDLE_OF_ENTRIES = 256
"""A log keeps its entries in files of so many."""

OTHER_REVISION = "other revision"
NOT_REPRODUCED = "not reproduced"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be backtested."""

    source: Source
    new: Path
    """The candidate."""

    old: tuple[Path, ...]
    """Bundles that decided at the time; each decision is made again by the one of its revision."""

    window: Window = ALL
    points: tuple[Point, ...] = ()
    labels: Mapping[str, bool] | None = None
    """By exchange: whether it should be stopped."""

    start: int = 0
    stop: int = 0


def run(order: Order, workers: int = 1) -> Sums:
    """Backtest the whole log of ``order``.

    Raises:
        ConfigError: a bundle or a sweep cannot be used.
    """
    orders = _split(order, max(1, workers))
    if len(orders) == 1:
        return work(orders[0])
    sums = Sums()
    with ProcessPoolExecutor(len(orders), get_context("spawn")) as pool:
        for part in pool.map(work, orders):
            sums.merge(part)
    return sums


def _split(order: Order, parts: int) -> list[Order]:
    """Equal parts of the log, cut between files."""
    size = order.source.size
    files = -(-size // BUNDLE_OF_ENTRIES)
    cuts = [min(size, files * part // parts * BUNDLE_OF_ENTRIES) for part in range(parts + 1)]
    ranges = [(start, stop) for start, stop in pairwise(cuts) if start < stop]
    return [replace(order, start=start, stop=stop) for start, stop in ranges or [(0, 0)]]


def work(order: Order) -> Sums:
    """Backtest the part of the log from ``order.start`` up to ``order.stop``."""
    sums = Sums()

    def refused() -> None:
        sums.refused += 1

    bench = _Bench(order, sums)
    for found in exchanges(order.source, order.start, order.stop, order.window, refused):
        bench.take(found)
    return sums


class _Bench:
    """The sides, and what they made of the exchanges so far."""

    def __init__(self, order: Order, sums: Sums) -> None:
        pool: Pool = {}
        new = load(order.new)
        self._old = {bundle.revision: Side(bundle, pool) for bundle in map(load, order.old)}
        self._new = Side(new, pool)
        self._points = [(point.name, Side(swept(new, point), pool)) for point in order.points]
        self._labels = order.labels or {}
        self._sums = sums
        for name, _ in self._points:
            sums.sweeps[name] = FlipMatrix()

    def take(self, found: Found) -> None:
        """Judge one exchange again, and count what came of it."""
        sums, example = self._sums, (found.index, str(found.call.get("exchange", "")))
        sums.indices.append(found.index)
        sums.unfinished += found.outcome is None
        try:
            past, lost = self._past(found, example)
        except Unreplayable as error:
            sums.unreplayable[str(error)] += 1
            self._count(found, Verdicts(None, None, _unreplayable(found.call)), example)
            return
        verdicts = _after_loss(judge(past, self._new), lost)
        if verdicts.whole.kind is Kind.UNREPLAYABLE:
            sums.unreplayable[lost] += 1
        if verdicts.fault:
            sums.faults[verdicts.fault] += 1
        self._count(found, verdicts, example)
        for name, side in self._points:
            sums.sweeps[name].add(_after_loss(judge(past, side), lost).whole)

    # -- the past --------------------------------------------------------------------------------

    def _past(self, found: Found, example: Example) -> tuple[Past, str]:
        """What is known of the exchange, and why its response is not, where it is not.

        Raises:
            Unreplayable: nothing is.
        """
        first = self._remade(found.call, found.call, None, example)
        if first.replay.phase == "response":
            return Past(None, first), ""
        released = not first.recorded.answer.stops
        outcome = found.outcome
        if outcome is None or "decision" not in outcome:
            return Past(first, None, released), ""
        try:
            return Past(first, self._remade(found.call, outcome, first, example), released), ""
        except Unreplayable as error:
            return Past(first, None, released), str(error)

    def _remade(self, call: Record, judged: Record, request: Remade | None, example: Example) -> Remade:
        past = replay(call, judged, request.recorded if request else None)
        side = self._old.get(past.decision.revision)
        if request is None:
            self._sums.revisions[past.decision.revision] += 1
        if side is None:
            raise Unreplayable(OTHER_REVISION)
        made = remade(past, side)
        if not self._sums.reproduction.add(made.differing(), example):
            raise Unreplayable(NOT_REPRODUCED)
        return made

    # -- counting --------------------------------------------------------------------------------

    def _count(self, found: Found, verdicts: Verdicts, example: Example) -> None:
        sums, whole = self._sums, verdicts.whole
        if verdicts.request is not None:
            sums.request.add(verdicts.request)
        if verdicts.response is not None:
            sums.response.add(verdicts.response)
        sums.add(whole, _strata(found.call), example, found.call["ts"] // 60_000)
        if whole.newly_stopped:
            self._spent(found, verdicts)
        label = self._labels.get(example[1])
        if label is not None and whole.kind.compared:
            sums.labels["old", label, whole.old.stops] += 1
            sums.labels["new", label, whole.new.stops] += 1

    def _spent(self, found: Found, verdicts: Verdicts) -> None:
        early = verdicts.request is not None and verdicts.request.newly_stopped
        sums = self._sums.before if early else self._sums.after
        spending = sums.setdefault(str(found.call["model"]), Spending())
        told = (found.outcome or {}).get("outcome", {})
        spending.exchanges += 1
        spending.uncounted += "input_tokens" not in told and "output_tokens" not in told
        spending.input_tokens += told.get("input_tokens", 0)
        spending.output_tokens += told.get("output_tokens", 0)


def _strata(call: Record) -> tuple[Stratum, ...]:
    return (
        ("tenant", str(call.get("caller", {}).get("tenant", ""))),
        ("route", str(call.get("route", ""))),
        ("model", str(call.get("model", ""))),
    )


def _unreplayable(call: Record) -> Change:
    try:
        decision = decision_of(call)
    except (AttributeError, KeyError, TypeError, ValueError):  # a stub does not even say what was decided
        return not_compared("request", Kind.UNREPLAYABLE, Answer.ERROR_CLOSED)
    return not_compared(decision.phase, Kind.UNREPLAYABLE, decision.answer)


def _after_loss(verdicts: Verdicts, lost: str) -> Verdicts:
    """An exchange whose response cannot be judged again is known only where the request is newly stopped."""
    if not lost or verdicts.whole.newly_stopped:
        return verdicts
    gone = not_compared("response", Kind.UNREPLAYABLE, verdicts.whole.old)
    whole = gone if verdicts.whole.kind.compared else verdicts.whole
    return replace(verdicts, response=gone, whole=whole)
