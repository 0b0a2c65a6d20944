"""The gate's checks as JUnit XML, for continuous integration. What is inconclusive is an error, never a skip:
a skipped test looks green."""

from typing import Any
from xml.sax.saxutils import escape, quoteattr

Json = dict[str, Any]


def junit(document: Json, command: str = "backtest") -> str:
    """One test case a check; ``command`` is the one that made the report."""
    checks = document["checks"]
    failures = sum(check["verdict"] == "fail" for check in checks)
    errors = sum(check["verdict"] == "inconclusive" for check in checks)
    counts = f'tests="{len(checks)}" failures="{failures}" errors="{errors}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name="lictor policy {command}" {counts}>',
        *(_case(check, command) for check in checks),
        "</testsuite>",
    ]
    return "\n".join(lines) + "\n"


def _case(check: Json, command: str) -> str:
    said = escape(check["said"])
    inner = {
        "pass": f"<system-out>{said}</system-out>",
        "fail": f"<failure message={quoteattr(check['said'])}/>",
        "inconclusive": f'<error type="inconclusive" message={quoteattr(check["said"])}/>',
    }[check["verdict"]]
    return f'  <testcase classname="{command}" name={quoteattr(check["name"])}>{inner}</testcase>'
