"""What ``lictor policy test`` found out, for machines: JSON and JUnit XML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import orjson

from gateway.policy.junit import Check, suite, xml
from gateway.policy.mutants import Mutation
from gateway.policy.rule_coverage import RuleCoverage
from gateway.policy.suite import Result


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a run found out."""

    results: Sequence[Result]
    coverage: RuleCoverage | None = None
    mutation: Mutation | None = None
    wanted: Mapping[str, float] = field(default_factory=dict)
    """The least share that is wanted, of ``coverage`` and ``mutation``."""

    @property
    def failed(self) -> list[Result]:
        """The tests that did not pass."""
        return [result for result in self.results if not result.passed]

    @property
    def passed(self) -> bool:
        """Whether all tests passed and every share that is wanted is reached."""
        found = {"coverage": self.coverage, "mutation": self.mutation}
        short = any(each and each.share < self.wanted.get(name, 0.0) for name, each in found.items())
        return not self.failed and not short


def document(report: Report) -> str:
    """One JSON document."""
    whole: dict[str, object] = {"tests": [_test(result) for result in report.results]}
    if report.coverage is not None:
        whole["coverage"] = _coverage(report.coverage)
    if report.mutation is not None:
        whole["mutation"] = _mutation(report.mutation)
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode()


def _test(result: Result) -> dict[str, object]:
    test = result.test
    return {
        "file": test.file,
        "line": test.line,
        "suite": test.suite,
        "name": test.name,
        "kind": test.kind,
        "passed": result.passed,
        "differences": list(result.differences),
        "seconds": round(result.seconds, 6),
    }


def _coverage(coverage: RuleCoverage) -> dict[str, object]:
    return {
        "share": round(coverage.share, 6),
        "rules": {id_: {"fired": fired, "silent": silent} for id_, (fired, silent) in coverage.ids.items()},
        "clauses": [
            {"rule": each.rule, "file": each.file, "line": each.line, "inner": each.inner}
            | {"true": each.held, "false": each.failed}
            for each in coverage.clauses
        ],
        "missed_lines": {file: list(lines) for file, lines in coverage.missed.items()},
    }


def _mutation(mutation: Mutation) -> dict[str, object]:
    survivors = [
        {"place": mutant.place, "before": mutant.before, "after": mutant.after}
        for mutant in mutation.survivors
    ]
    return {"tried": mutation.tried, "share": round(mutation.share, 6), "survivors": survivors}


def junit_xml(report: Report) -> str:
    """The tests as one JUnit suite."""
    total = sum(result.seconds for result in report.results)
    root = ET.Element("testsuites")
    root.append(suite("policy", [*map(_check, report.results)], attributes={"time": f"{total:.6f}"}))
    return xml(root)


def _check(result: Result) -> Check:
    test, differences = result.test, result.differences
    return Check(
        classname=test.suite,
        name=test.name,
        state="pass" if result.passed else "fail",
        said="" if result.passed else differences[0],
        details="\n".join(differences),
        attributes={"file": test.file, "line": str(test.line), "time": f"{result.seconds:.6f}"},
    )
