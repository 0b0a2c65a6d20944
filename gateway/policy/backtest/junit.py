"""The gate's checks as JUnit XML, for continuous integration."""

from typing import Any

from gateway.policy.junit import Check, suite, xml

Json = dict[str, Any]


def junit(document: Json, command: str = "backtest") -> str:
    """One test case a check; ``command`` is the one that made the report."""
    checks = [Check(command, check["name"], check["verdict"], check["said"]) for check in document["checks"]]
    return xml(suite(f"lictor policy {command}", checks))
