"""Running ``test_*`` rules of ``*_test.rego`` files, as ``opa test`` does, on the engine that decides."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import orjson

from gateway.policy.bundle import Readable, contents, is_test, load, module_of
from gateway.policy.embedded import prepare
from gateway.policy.interpreter import EngineError, Interpreter, guarded
from gateway.policy.syntax import Module, Rule


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test rule fared."""

    __test__ = False  # pytest: not a test class

    file: str
    line: int
    package: str
    name: str
    passed: bool
    error: str
    """Why it did not pass; empty when it did."""

    seconds: float


def run_tests(given: Readable, pattern: str = "") -> list[TestResult]:
    """Run every test of a bundle whose ``package.name`` contains ``pattern``.

    An empty list means that nothing was tested, which callers must not report as success.
    """
    held = contents(given)
    bundle = load(held)
    tests = [module_of(name, body) for name, body in held.sources() if is_test(name)]
    engine = prepare(bundle, tests)
    return list(_run(engine, held.root, tests, pattern))


def _run(engine: Interpreter, root: Path, tests: list[Module], pattern: str) -> Iterator[TestResult]:
    for module in tests:
        package = ".".join(module.package)
        for name, rule in test_rules(module).items():
            if pattern in f"{package}.{name}":
                started = time.perf_counter()
                error = _error(engine.clone(), f"data.{package}.{name}")
                seconds = time.perf_counter() - started
                yield TestResult(str(root / module.file), rule.line, package, name, not error, error, seconds)


def test_rules(module: Module) -> Mapping[str, Rule]:
    """Test rules by name; several bodies of one rule are one test."""
    found: dict[str, Rule] = {}
    for rule in module.rules:
        if rule.name.startswith("test_"):
            found.setdefault(rule.name, rule)
    return found


def _error(engine: Interpreter, rule: str) -> str:
    """Why a test did not pass, or an empty string. Only ``true`` passes."""
    try:
        value = orjson.loads(guarded(partial(engine.eval_rule_as_json, rule)))
    except EngineError as error:
        return str(error)
    if value == "<undefined>":
        return "some expression in the test is undefined or false"
    return "" if value is True else f"the test is {orjson.dumps(value).decode()[:80]}, not true"
