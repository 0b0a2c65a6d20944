"""All tests of a bundle, ``test_`` rules and YAML cases alike, run on one probe."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from gateway.core.errors import PolicyFault
from gateway.policy.bundle import is_test, module_of, read
from gateway.policy.case_files import Case, read_cases
from gateway.policy.cases import Exchanger, run_all
from gateway.policy.probe import UNDEFINED, Probe
from gateway.policy.scaffold.scopes import Scopes, scopes
from gateway.policy.syntax import Module, Rule

Runnable = Callable[[Probe], tuple[str, ...]]
"""Runs on a probe and says what is not as expected, a line each."""


@dataclass(frozen=True, slots=True)
class Test:
    """Something that judges a bundle."""

    __test__ = False  # pytest: not a test class

    file: str
    line: int
    suite: str
    """Package of a test rule, file of a case."""

    name: str
    kind: Literal["rego", "case"]
    run: Runnable


@dataclass(frozen=True, slots=True)
class Result:
    """How one test fared."""

    test: Test
    differences: tuple[str, ...]
    """What is not as expected; empty when the test passed."""

    seconds: float

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one bundle."""

    modules: tuple[Module, ...]
    """Files of test rules; a probe must hold them to run them."""

    tests: tuple[Test, ...]

    def run(self, probe: Probe) -> Iterator[Result]:
        """Run all tests, one by one."""
        for test in self.tests:
            started = time.perf_counter()
            differences = test.run(probe)
            yield Result(test, differences, time.perf_counter() - started)


def suite(root: Path, pattern: str = "", exchanger: Exchanger | None = None) -> Suite:
    """The tests of the bundle at ``root`` whose ``package.name`` (or case's name) contains ``pattern``.

    Raises :class:`~gateway.policy.bundle.BundleError` for tests that cannot be read.
    """
    modules = tuple(module_of(name, body) for name, body in read(root) if is_test(name))
    rego = [test for module in modules for test in _rego(root, module)]
    silent = scopes(root)
    cases = [_case(case, exchanger, silent) for case in read_cases(root)]
    found = (test for test in [*rego, *cases] if pattern in f"{test.suite}.{test.name}")
    return Suite(modules, tuple(found))


def test_rules(module: Module) -> Mapping[str, Rule]:
    """Test rules by name; several bodies of one rule are one test."""
    found: dict[str, Rule] = {}
    for rule in module.rules:
        if rule.name.startswith("test_"):
            found.setdefault(rule.name, rule)
    return found


def _rego(root: Path, module: Module) -> Iterator[Test]:
    package = ".".join(module.package)
    for name, rule in test_rules(module).items():
        run = _RegoTest(f"data.{package}.{name}")
        yield Test(str(root / module.file), rule.line, package, name, "rego", run)


@dataclass(frozen=True, slots=True)
class _RegoTest:
    """Only ``true`` passes."""

    rule: str

    def __call__(self, probe: Probe) -> tuple[str, ...]:
        probe.forget_input()
        try:
            value = probe.rule(self.rule)
        except PolicyFault as fault:
            return (str(fault),)
        if value == UNDEFINED:
            return ("some expression in the test is undefined or false",)
        return () if value is True else (f"the test is {orjson.dumps(value).decode()[:80]}, not true",)


def _case(case: Case, exchanger: Exchanger | None, silent: Scopes) -> Test:
    def run(probe: Probe) -> tuple[str, ...]:
        (result,) = run_all([case], probe, exchanger, silent)
        return result.differences

    return Test(case.file, case.line, Path(case.file).name, case.name, "case", run)
