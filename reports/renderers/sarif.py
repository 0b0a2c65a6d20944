"""SARIF 2.1.0: what is not evidenced as results, for the tools that show such lists."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from gateway.audit.tiles import ENTRIES, WIDTH, tile_path, width
from reports.model import Ref, Report, Support

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

ERRORS = frozenset({"failed_verification", "undecodable", "bypass", "orphan_outcome", "error_open"})
NOTES = frozenset({"no_record", "uncovered_clause", "carried_over", "bundle_not_at_hand", "refused"})

RULES = {
    "clause_not_covered": "No record of the period bears on this clause.",
    "clause_operator": "No record can show this; the operator has to.",
}

Object = dict[str, Any]


def render(report: Report) -> bytes:
    """One run with one result for each gap and each clause without evidence."""
    results = list(_results(report))
    rules = sorted({result["ruleId"] for result in results})
    run: Object = {
        "invocations": [{"executionSuccessful": True, "properties": {"headline": report.headline}}],
        "tool": {"driver": _driver(report, rules)},
        "automationDetails": {"id": f"lictor/{report.header.kind}/"},
        "columnKind": "utf16CodeUnits",
        "results": results,
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return (json.dumps(log, indent=1, ensure_ascii=False) + "\n").encode()


def _driver(report: Report, rules: list[str]) -> Object:
    name, _, number = report.header.generator.partition(" ")
    about = [
        {"id": rule, "shortDescription": {"text": RULES.get(rule, rule.replace("_", " "))}} for rule in rules
    ]
    return {"name": name, "version": number or "0", "rules": about}


def _results(report: Report) -> Iterator[Object]:
    size = report.header.verification.size
    for gap in report.gaps:
        level = "error" if gap.kind in ERRORS else "note" if gap.kind in NOTES else "warning"
        said = f"{gap.what} ({gap.count})" + (f". {gap.why}" if gap.why else "")
        yield _result(gap.kind, level, said, gap.support, size)
    for claim in report.claims:
        said = f"{claim.control or claim.id}: {claim.text} {claim.why}"
        if claim.status == "not_covered":
            yield _result("clause_not_covered", "warning", said, claim.support, size)
        elif claim.status == "operator_must_supply":
            yield _result("clause_operator", "note", said, claim.support, size)


def _result(rule: str, level: str, said: str, support: Support, size: int) -> Object:
    result: Object = {
        "ruleId": rule,
        "level": level,
        "message": {"text": said},
        "partialFingerprints": {"lictor/v1": hashlib.sha256(f"{rule}\n{said}".encode()).hexdigest()},
    }
    places = [_location(ref, size) for ref in support.refs if ref.index < size]
    return result | ({"locations": places} if places else {})


def _location(ref: Ref, size: int) -> Object:
    number = ref.index // WIDTH
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": tile_path(ENTRIES, number, width(ENTRIES, number, size))}
        },
        "logicalLocations": [
            {"name": f"entry {ref.index}", "kind": "resource", "fullyQualifiedName": ref.leaf}
        ],
    }
