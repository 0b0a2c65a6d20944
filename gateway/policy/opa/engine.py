"""The engine that asks OPA: the same rules, the same shapes, the same faults as the embedded one."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

import orjson

from gateway.core.decision import Phase, Verdict
from gateway.core.errors import PolicyFault
from gateway.policy.engine import Facts, verdicts
from gateway.policy.language import PLAN_RULES, SETS
from gateway.policy.opa.breaker import Breaker, State
from gateway.policy.opa.fault import OpaFault
from gateway.policy.plan import Plan, plan_from

_log = logging.getLogger(__name__)
_PLANS = 4096
UNKNOWN = "unknown"
"""The revision where OPA has not answered yet."""


class Answered(Protocol):
    """What OPA said."""

    @property
    def revision(self) -> str:
        """The revision that answered."""

    @property
    def value(self) -> Mapping[str, object]:
        """The package's document."""


class Asking(Protocol):
    """How OPA is asked: :class:`gateway.policy.opa.transport.Transport`, or a test's own."""

    def ask(self, package: str, document: bytes) -> Answered:
        """The document of a package. Raises :class:`OpaFault`."""

    def close(self) -> None:
        """Let go of all connections."""


class Listener(Protocol):
    """Who wants to know how OPA does."""

    def asked(self, package: str, seconds: float, why: str) -> None:
        """A question was put, or was to be; ``why`` is empty where it was answered."""

    def changed(self, state: State) -> None:
        """The circuit breaker changed."""


class Views(NamedTuple):
    """What the rules of one phase said, and which revision they are of."""

    verdicts: tuple[Verdict, ...]
    revision: str


class OpaEngine:
    """Asks OPA; safe to use from several threads, each of which waits for its own answer."""

    blocking = True

    def __init__(
        self,
        asking: Asking,
        breaker: Breaker,
        *,
        installed: Iterable[str] = (),
        listener: Listener,
    ) -> None:
        self.breaker = breaker
        self.revision = UNKNOWN
        self._asking = asking
        self._installed = tuple(installed)
        self._listener = listener
        self._plans: OrderedDict[bytes, tuple[str, Plan]] = OrderedDict()
        self._lock = threading.Lock()

    def plan(self, facts: Facts) -> Plan:
        """Which checks to run, remembered for equal facts and the revision that answered last."""
        document = _document(facts)
        known = self._remembered(document)
        return known or self._planned(document)

    def known_plan(self, facts: Facts) -> Plan | None:
        """The plan if it is remembered; never waits."""
        return self._remembered(_document(facts))

    def evaluate(self, phase: Phase, facts: Facts) -> tuple[Verdict, ...]:
        """Every rule's view. Raises :class:`OpaFault`."""
        return self.views(phase, facts).verdicts

    def views(self, phase: Phase, facts: Facts) -> Views:
        """Every rule's view, and the revision that OPA says they are of. Raises :class:`OpaFault`."""
        answer = self._ask(phase, _document(facts))
        sets = {name: items for name, items in answer.value.items() if name in SETS}
        try:
            return Views(verdicts(sets, _finding_ids(facts)), answer.revision)
        except PolicyFault as error:
            raise OpaFault("invalid", str(error), revision=answer.revision) from None

    def wait(self, patience_s: float) -> OpaFault | None:
        """Wait for OPA to have a revision; why it has none when patience ends."""
        until = time.monotonic() + patience_s
        while True:
            try:
                self.revision = self._asking.ask("plan", b"{}").revision
            except OpaFault as fault:
                if not fault.sickness:
                    return None
                if time.monotonic() > until:
                    return fault
                time.sleep(0.1)
            else:
                return None

    def noted(self, package: str, fault: OpaFault) -> None:
        """A question found no turn; one that was put has been counted."""
        if fault.kind == "overloaded":
            self._listener.asked(package, 0.0, fault.kind)

    def close(self) -> None:
        """Let go of all connections."""
        self._asking.close()

    def _remembered(self, document: bytes) -> Plan | None:
        revision, plan = self._plans.get(document, (None, None))
        return plan if revision == self.revision else None

    def _planned(self, document: bytes) -> Plan:
        answer = self._ask("plan", document)
        rules = {name: value for name, value in answer.value.items() if name in PLAN_RULES}
        try:
            plan = plan_from(rules, self._installed)
        except PolicyFault as error:
            raise OpaFault("invalid", str(error), revision=answer.revision) from None
        with self._lock:
            self._plans[document] = answer.revision, plan
            while len(self._plans) > _PLANS:
                self._plans.popitem(last=False)
        return plan

    def _ask(self, package: str, document: bytes) -> Answered:
        ticket = self.breaker.admit()
        if ticket is None:
            self._listener.asked(package, 0.0, "breaker_open")
            raise OpaFault("breaker_open")
        began, why, well = time.monotonic(), "broken", False
        try:
            answer = self._asking.ask(package, document)
            self.revision, why, well = answer.revision, "", True
        except OpaFault as fault:
            why, well = fault.kind, not fault.sickness
            raise
        finally:
            self.breaker.settle(ticket, well=well)
            self._listener.asked(package, time.monotonic() - began, why)
        return answer


def _document(facts: Facts) -> bytes:
    return orjson.dumps(dict(facts), option=orjson.OPT_SORT_KEYS)


def _finding_ids(facts: Facts) -> frozenset[str]:
    findings = facts.get("findings", [])
    return frozenset(item["id"] for item in findings) if isinstance(findings, list) else frozenset()
