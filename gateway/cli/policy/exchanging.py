"""The exchange of a YAML case, taken through the gateway's own codecs, detectors and policy."""

import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import orjson

from gateway.core.decision import Decision
from gateway.core.errors import ConfigError
from gateway.core.exchange import Caller
from gateway.core.finding import Hit
from gateway.detect import default_detectors
from gateway.detect.detector import Detector
from gateway.detect.runner import Runner
from gateway.flow.call import Call
from gateway.flow.commands import Command, Detect, Judge
from gateway.flow.judging import Judged, Subject, judge
from gateway.flow.obligations import Material
from gateway.flow.opening import Opened, open_call
from gateway.flow.placeholders import Placeholders
from gateway.flow.reading import read_response, unscanned
from gateway.flow.redaction import request_styles, response_styles
from gateway.flow.stopwatch import Stopwatch
from gateway.policy.authority import Snapshot
from gateway.policy.bundle import BundleError
from gateway.policy.case_files import Case
from gateway.policy.cases import Outcome
from gateway.policy.engine import Engine
from gateway.policy.plan import Plan
from gateway.providers.upstream import Route, Routing, Upstream
from gateway.wire.dialect import Family
from gateway.wire.endpoints import ENDPOINTS, Found, locate

_NAMED = {endpoint.name: endpoint for endpoint in ENDPOINTS}
NOW_MS = 1_767_225_600_000


@dataclass(frozen=True, slots=True)
class Scripted:
    """A detector that finds what a case says it finds: stands for classifiers, which tests run without."""

    id: str
    script: tuple[tuple[str, Hit], ...]
    """Texts to look for, and what is reported where one stands."""

    version: str = "case"

    @property
    def categories(self) -> frozenset[str]:
        """Every category its hits can have."""
        return frozenset(hit.category for _, hit in self.script)

    def detect(self, text: str) -> Sequence[Hit]:
        """Each text of the script, where it stands first."""
        return [
            replace(hit, start=start, end=start + len(said))
            for said, hit in self.script
            if (start := text.find(said)) >= 0
        ]


class Exchanges:
    """Takes exchanges of cases through a gateway without sockets. Compiles the detectors once."""

    def __init__(self) -> None:
        self._detectors = default_detectors()

    def __call__(self, case: Case, engine: Engine) -> Outcome:
        """What policy makes of the exchange: a plan in the plan phase, a decision elsewhere.

        Raises:
            CallerError: the gateway refuses the request.
            BundleError: the case names what there is not.
        PolicyFault: a rule failed.
        """
        assert case.exchange is not None  # noqa: S101 - asked for exchanges only
        runner = Runner((*self._detectors, *_scripted(case)))
        call = _call(case, case.exchange)
        opened = open_call(call, _routing(case, call), judged=True)
        governed = _Governed(Snapshot(engine, installed=runner.names, clock=lambda: NOW_MS), runner)
        plan = governed.snapshot.plan(opened.exchange)
        if case.phase == "plan":
            return plan
        placeholders = Placeholders(_seal, call.caller.tenant)
        subject = _asked(call, opened, plan, placeholders)
        decision = governed.drive(subject)
        if case.phase == "response":
            answered = _answered(case.exchange, call, opened, plan, decision, placeholders)
            _refuse_unheard(case, subject, answered)
            return governed.drive(answered)
        _refuse_unheard(case, subject)
        return decision


@dataclass(frozen=True, slots=True)
class _Governed:
    """Performs what the flow asks for while it judges."""

    snapshot: Snapshot
    runner: Runner

    def drive(self, subject: Subject) -> Decision:
        judging = judge(subject, Stopwatch(lambda: time.monotonic_ns() // 1000))
        return _driven(judging, self).decision

    def perform(self, command: Command) -> object:
        if isinstance(command, Detect):
            return self.runner.detect_inline(command.segments, command.detectors)
        assert isinstance(command, Judge)  # noqa: S101 - judging asks for nothing else
        return self.snapshot.decide(replace(command, now_ms=NOW_MS))


def _driven(judging: Generator[Command, Any, Judged], governed: _Governed) -> Judged:
    answer: object = None
    while True:
        try:
            command = judging.send(answer)
        except StopIteration as done:
            judged: Judged = done.value
            return judged
        answer = governed.perform(command)


def _asked(call: Call, opened: Opened, plan: Plan, placeholders: Placeholders) -> Subject:
    view = opened.view
    material = Material(
        segments=view.segments,
        tools=view.tools,
        members=opened.payload.value,
        destinations=[upstream.name for upstream in opened.upstreams],
        rewritable=view.rewritable,
        styles=request_styles(_digest, _seal, call.caller.tenant, placeholders),
    )
    return Subject("request", opened.exchange, plan, material, unscanned(view.unscanned))


def _answered(  # noqa: PLR0917 - what the response phase knows
    said: Mapping[str, Any],
    call: Call,
    opened: Opened,
    plan: Plan,
    request: Decision,
    placeholders: Placeholders,
) -> Subject:
    reading = read_response(call.endpoint.dialect, orjson.dumps(said["response"]), b"application/json")
    material = Material(
        segments=reading.segments,
        tools=(),
        members={},
        destinations=(),
        rewritable=reading.rewritable,
        styles=response_styles(_digest, _seal, call.caller.tenant, placeholders),
    )
    return Subject(
        "response", opened.exchange, plan, material, reading.coverage, readable=reading.readable,
        request=request, status=said.get("status", 200), finish=reading.finish,
    )  # fmt: skip


def _call(case: Case, said: Mapping[str, Any]) -> Call:
    found = _found(case, said)
    caller = said.get("caller", {})
    given = {**caller, "roles": tuple(caller.get("roles", ()))}
    return Call(
        id="case",
        endpoint=found.endpoint,
        method=found.endpoint.method,
        path=found.template.filled(found.parts),
        headers=((b"content-type", b"application/json"),),
        body=orjson.dumps(said["request"]) if "request" in said else b"",
        caller=Caller(**{"tenant": "example", **given}),
        received_ms=NOW_MS,
        template=found.template,
        parts=found.parts,
    )


def _found(case: Case, said: Mapping[str, Any]) -> Found:
    """The operation: by its path where the case gives one, else by its name."""
    if "path" in said:
        found = locate("POST", said["path"], ()) or locate("GET", said["path"], ())
        if found is not None:
            return found
        raise BundleError(
            case.file, case.line, case.name, f"exchange.path: nothing answers at {said['path']}"
        )
    endpoint = _NAMED.get(name := said.get("endpoint", "chat.completions"))
    if endpoint is None:
        raise BundleError(case.file, case.line, case.name, f"exchange.endpoint: there is no `{name}`")
    plain = next((template for template in endpoint.paths if template.plain), None)
    if plain is None:
        raise BundleError(case.file, case.line, case.name, f"exchange: `{name}` is told by its `path`")
    return Found(endpoint, plain, {})


def _routing(case: Case, call: Call) -> Routing:
    """One route for every model, to the destinations of the case in their order."""
    assert case.exchange is not None  # noqa: S101 - asked for exchanges only
    family = call.endpoint.dialect.family
    entries = enumerate(case.exchange.get("destinations", [{}]))
    try:
        upstreams = [_upstream(f"upstream{place}", family, entry) for place, entry in entries]
        return Routing([Route("*", tuple(upstream.name for upstream in upstreams))], upstreams)
    except ConfigError as error:
        raise BundleError(case.file, case.line, case.name, f"exchange.destinations: {error}") from None


def _upstream(name: str, family: Family, entry: Mapping[str, Any]) -> Upstream:
    dialect = entry.get("dialect", family)
    labels = entry.get("labels", {})
    return Upstream(entry.get("name", name), dialect, "http://upstream.invalid/v1", labels=labels)


def _scripted(case: Case) -> list[Detector]:
    """Detectors that report the findings of the case."""
    scripts: dict[str, list[tuple[str, Hit]]] = {}
    assert case.exchange is not None  # noqa: S101 - asked for exchanges only
    for entry in case.exchange.get("findings", ()):
        hit = Hit(entry["category"], entry.get("label", entry["category"]), entry.get("score", 1.0), 0, 0)
        scripts.setdefault(entry.get("detector", "classifiers"), []).append((entry["text"], hit))
    return [Scripted(id_, tuple(script)) for id_, script in scripts.items()]


def _refuse_unheard(case: Case, *subjects: Subject) -> None:
    """A finding about words that nobody said would never be made, and the case would test nothing."""
    assert case.exchange is not None  # noqa: S101 - asked for exchanges only
    said = [segment.text for subject in subjects for segment in subject.material.segments]
    for entry in case.exchange.get("findings", ()):
        if not any(entry["text"] in text for text in said):
            message = f"exchange.findings: nobody says {entry['text']!r}"
            raise BundleError(case.file, case.line, case.name, message)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _seal(purpose: str, texts: Sequence[str]) -> bytes:
    return sha256("\0".join((purpose, *texts)).encode()).digest()
