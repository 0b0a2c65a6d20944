"""OSCAL assessment results (1.1.3): an observation for each statement, a finding where it is about a clause.

OSCAL knows ``satisfied`` and ``not-satisfied``. The objective that a finding speaks of is ours and modest:
*recorded evidence supports the clause*. It says nothing on whether the clause itself is met; a property
carries our status.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from reports.model import Claim, Report
from reports.renderers.json_model import render as model_of

VERSION = "1.1.3"
NS = "https://lictor.dev/ns/oscal"

Object = dict[str, Any]


def render(report: Report) -> bytes:
    """One assessment with one result."""
    seed = uuid5(NAMESPACE_URL, f"{NS}#{model_of(report).decode()}")
    return (
        json.dumps({"assessment-results": _results(report, seed)}, indent=1, ensure_ascii=False) + "\n"
    ).encode()


def token(name: str) -> str:
    """A clause's name as an OSCAL token."""
    return "c-" + re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-").lower()


def _results(report: Report, seed: UUID) -> Object:
    header = report.header
    dated = header.dated or "1970-01-01T00:00:00.000Z"
    plan = _uuid(seed, "plan")
    return {
        "uuid": str(seed),
        "metadata": {
            "title": header.title,
            "last-modified": dated,
            "version": header.generator,
            "oscal-version": VERSION,
            "remarks": report.headline,
        },
        "import-ap": {
            "href": f"#{plan}",
            "remarks": "There is no plan in OSCAL; the resource says what was done.",
        },
        "results": [_result(report, seed, dated)],
        "back-matter": {"resources": [_plan(report, plan)]},
    }


def _result(report: Report, seed: UUID, dated: str) -> Object:
    header = report.header
    result: Object = {
        "uuid": _uuid(seed, "result"),
        "title": header.title,
        "description": report.headline,
        "start": header.period_from or dated,
        "end": header.period_to or dated,
        "reviewed-controls": {"control-selections": [_selection(report)]},
        "observations": [_observation(claim, seed, dated, report) for claim in report.claims],
    }
    findings = [_finding(claim, seed) for claim in report.claims if claim.control]
    risks = list(_risks(report, seed))
    return result | ({"risks": risks} if risks else {}) | ({"findings": findings} if findings else {})


def _selection(report: Report) -> Object:
    named = sorted({token(claim.control) for claim in report.claims if claim.control})
    if not named:
        return {"include-all": {}}
    return {"include-controls": [{"control-id": name} for name in named]}


def _observation(claim: Claim, seed: UUID, dated: str, report: Report) -> Object:
    support = claim.support
    found: Object = {
        "uuid": _uuid(seed, f"observation {claim.id}"),
        "description": claim.text,
        "props": [_prop("status", claim.status), _prop("records", str(support.count))],
        "methods": ["EXAMINE"],
        "collected": dated,
    }
    if support.refs:
        origin = report.header.verification.origin
        found["relevant-evidence"] = [
            {"description": f"Entry {ref.index} of {origin}, leaf hash {ref.leaf}"} for ref in support.refs
        ]
    return found | ({"remarks": claim.why} if claim.why else {})


def _finding(claim: Claim, seed: UUID) -> Object:
    holds = claim.status == "supports"
    return {
        "uuid": _uuid(seed, f"finding {claim.id}"),
        "title": claim.control,
        "description": f"Recorded evidence: {claim.status.replace('_', ' ')}. {claim.why}".strip(),
        "props": [_prop("status", claim.status)],
        "target": {
            "type": "objective-id",
            "target-id": f"{token(claim.control)}-evidence",
            "status": {
                "state": "satisfied" if holds else "not-satisfied",
                "reason": "pass" if holds else "other",
            },
        },
        "related-observations": [{"observation-uuid": _uuid(seed, f"observation {claim.id}")}],
    }


def _risks(report: Report, seed: UUID) -> Iterator[Object]:
    """What is not evidenced."""
    for at, gap in enumerate(report.gaps):
        yield {
            "uuid": _uuid(seed, f"gap {at}"),
            "title": gap.kind,
            "description": gap.what,
            "statement": gap.why or gap.what,
            "props": [_prop("number", str(gap.count))],
            "status": "open",
        }


def _plan(report: Report, uuid: str) -> Object:
    header = report.header
    return {
        "uuid": uuid,
        "title": "What was done",
        "description": f"The log was verified ({header.verify}) and its records were counted "
        "({header.reproduce}).",
        "props": [
            {"name": "input", "ns": NS, "value": item.digest, "remarks": item.name} for item in header.inputs
        ],
    }


def _prop(name: str, value: str) -> Object:
    return {"name": name, "ns": NS, "value": value}


def _uuid(seed: UUID, name: str) -> str:
    return str(uuid5(seed, name))
