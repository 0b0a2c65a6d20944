"""Gates as JUnit has tests, for systems that show nothing else. The evidence is ``run.json``, not this."""

from xml.etree import ElementTree as ET

from evalsuites.harness.gates.ruling import GateResult
from evalsuites.harness.reporting.run import Run


def junit(run: Run) -> str:
    """One test a gate. An unclear answer is an error, so that no system counts it as passed.

    Advice that is not followed is a skipped test: told, and neither passed nor failed.
    """
    gates = run.ruling.gates
    kinds = [_kind(one) for one in gates]
    suite = ET.Element(
        "testsuite",
        name="release gates",
        tests=str(len(gates)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
    )
    properties = ET.SubElement(suite, "properties")
    for name in ("gates", "policy", "code"):
        ET.SubElement(properties, "property", name=name, value=str(run.manifest[name]))
    for one in gates:
        _add(suite, one)
    ET.indent(suite)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suite, "unicode")}\n'


def _add(suite: ET.Element, one: GateResult) -> None:
    case = ET.SubElement(suite, "testcase", classname=one.gate.suite, name=one.gate.id)
    reason = _printable(one.reason)
    kind = _kind(one)
    if kind == "system-out":
        ET.SubElement(case, kind).text = reason
    else:
        ET.SubElement(case, kind, message=reason, type=one.state)


def _kind(one: GateResult) -> str:
    if one.warns:
        return "skipped"
    return {"pass": "system-out", "fail": "failure"}.get(one.state, "error")


def _printable(text: str) -> str:
    """XML has no place for most control characters."""
    return "".join(sign if sign >= " " or sign in "\t\n" else "\ufffd" for sign in text)
