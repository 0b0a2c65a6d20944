"""Gates as JUnit has tests, for systems that show nothing else. The evidence is ``run.json``, not this."""

from xml.etree import ElementTree as ET

from evalsuites.harness.gates.ruling import GateResult
from evalsuites.harness.reporting.run import Run


def junit(run: Run) -> str:
    """One test a gate. An unclear answer is an error, so that no system counts it as passed."""
    gates = run.ruling.gates
    suite = ET.Element(
        "testsuite",
        name="release gates",
        tests=str(len(gates)),
        failures=str(sum(one.state == "fail" for one in gates)),
        errors=str(sum(one.state == "inconclusive" for one in gates)),
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
    if one.state == "pass":
        ET.SubElement(case, "system-out").text = reason
    else:
        kind = "failure" if one.state == "fail" else "error"
        ET.SubElement(case, kind, message=reason, type=one.state)


def _printable(text: str) -> str:
    """XML has no place for most control characters."""
    return "".join(sign if sign >= " " or sign in "\t\n" else "\ufffd" for sign in text)
