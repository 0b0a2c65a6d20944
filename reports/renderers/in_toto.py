"""An in-toto statement about a report: which log, which report, what held. To be signed by whoever answers
for it.

The predicate is ``test-result/v0.1``. The one thing that can fail is verification of the log; a clause
without evidence is a warning, since a report measures evidence and fails nobody.
"""

import hashlib
import json

from reports.model import Report
from reports.renderers.json_model import render as model_of

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"


def render(report: Report) -> bytes:
    """The statement, without a signature."""
    header = report.header
    warned = [claim.id for claim in report.claims if claim.status != "supports"]
    failed = [] if report.verified else ["log-verification"]
    result = "FAILED" if failed else "WARNED" if warned or report.gaps else "PASSED"
    passed = [claim.id for claim in report.claims if claim.status == "supports"]
    statement = {
        "_type": STATEMENT,
        "subject": [
            {
                "name": f"{header.kind}.json",
                "digest": {"sha256": hashlib.sha256(model_of(report)).hexdigest()},
            },
            {
                "name": f"log {header.verification.origin}",
                "digest": {"sha256": header.verification.root or "0" * 64},
            },
        ],
        "predicateType": PREDICATE,
        "predicate": {
            "result": result,
            "configuration": [
                {"name": item.name, "digest": {"sha256": item.digest.removeprefix("sha256:")}}
                for item in header.inputs
            ],
            "passedTests": passed if failed else ["log-verification", *passed],
            "warnedTests": [*warned, *sorted({f"gap:{gap.kind}" for gap in report.gaps})],
            "failedTests": failed,
        },
    }
    return (json.dumps(statement, indent=1, ensure_ascii=False) + "\n").encode()
