"""Checking a bundle before it decides anything. Nothing here is needed to evaluate one."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import orjson

from gateway.core.decision import Phase
from gateway.core.exchange import Caller, Destination, Exchange
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.policy import negation, references, rule_objects
from gateway.policy.bundle import (
    Bundle,
    BundleError,
    Contents,
    Readable,
    contents,
    is_test,
    load,
    module_of,
    rule_near,
)
from gateway.policy.complaint import Complaint
from gateway.policy.embedded import ask, entry_module, offered, prepare
from gateway.policy.facts import facts, plan_facts
from gateway.policy.interpreter import EngineError
from gateway.policy.source import Admission

__all__ = ["Complaint", "check", "warnings"]


def check(bundle: Readable, admission: Admission | None = None) -> list[Complaint]:
    """Everything wrong with a bundle, sorted; empty when it can be put in force.

    With an ``admission``, a signature that is missing or wrong is a complaint too.

    Each stage needs the one before: files that do not parse are reported before anything is looked up,
    and only a bundle without complaints is tried out.
    """
    root = bundle.root if isinstance(bundle, Contents) else Path(bundle)
    return [replace(found, file=str(root / found.file)) for found in _check(bundle, admission)]


def warnings(bundle: Readable) -> list[Complaint]:
    """What may be put in force and is better said otherwise; of a bundle without complaints."""
    loaded = load(bundle)
    found = negation.warnings(loaded.modules)
    return sorted(replace(each, file=str(loaded.root / each.file)) for each in found)


def _check(given: Readable, admission: Admission | None) -> list[Complaint]:
    try:
        held = contents(given)
        if admission is not None:
            held = admission.admit(held)
        if broken := list(_unreadable(dict(held.sources()))):
            return sorted(broken)
        bundle = load(held)
    except BundleError as error:
        return [_complaint(error)]
    found = {*rule_objects.complaints(bundle.modules), *references.complaints(bundle.modules, bundle.data)}
    return sorted(found) or list(_trial(bundle))


def _unreadable(files: Mapping[str, bytes]) -> Iterator[Complaint]:
    """Files, tests included, that are not Rego or stand outside the namespace."""
    for name, body in files.items():
        if name.endswith(".rego"):
            try:
                module = module_of(name, body)
            except BundleError as error:
                yield _complaint(error)
                continue
            if is_test(name) != module.package[-1].endswith("_test"):
                message = "tests, and only tests, live in a package and a file that end in `_test`"
                yield Complaint(name, module.line, "package", message)


def _complaint(error: BundleError) -> Complaint:
    return Complaint(error.file, error.line, error.rule, error.message)


def _trial(bundle: Bundle) -> Iterator[Complaint]:
    """Evaluate everything once on made-up facts: finds what only evaluation can find."""
    offers = offered(bundle)
    try:
        engine = prepare(bundle, [entry_module(offers)])
        for entry in (name for name, rules in offers.items() if rules):
            ask(engine, entry, orjson.dumps(dict(_specimen(entry))))
    except EngineError as error:
        sources = {module.file: module.source for module in bundle.modules}
        file = error.file if error.file in sources else bundle.modules[0].file
        yield Complaint(file, max(error.line, 1), rule_near(sources[file], error.line), error.message)


def _specimen(entry: str) -> Mapping[str, object]:
    """Plausible facts."""
    destination = Destination("example", "openai_chat", {"trust": "external"})
    exchange = Exchange(
        "00000000", "chat.completions", "openai_chat", Caller(tenant="example"), "example-model", "/v1",
        (destination,), parameters={"temperature": 1.0}, tools=("search",), body_bytes=64,
    )  # fmt: skip
    if entry == "plan":
        return plan_facts(exchange)
    phase: Phase = "response" if entry == "response" else "request"
    segments = [Segment("s0", "user", "text", "/messages/0/content", "example")]
    findings = [Finding("f0", "patterns", "1", "pii", "email", 0.9, "s0", 0, 7)]
    coverage = [Coverage("s0", "patterns", State.OK), Coverage("/messages/1", "*", State.NOT_RUN, "image")]
    return facts(phase, exchange, segments, findings, coverage, lambda _: "0" * 64, 0)
