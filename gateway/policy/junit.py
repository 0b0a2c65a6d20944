"""Checks as JUnit has tests, for systems that show nothing else. What is inconclusive is an error, never a
skip: a skipped test looks green. Advice that is not followed is one: told, and neither passed nor failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from xml.etree import ElementTree as ET

_TAGS = {"fail": "failure", "inconclusive": "error", "advice": "skipped"}
_COUNTS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


@dataclass(frozen=True, slots=True)
class Check:
    """One test."""

    classname: str
    name: str
    state: Literal["pass", "fail", "inconclusive", "advice"]
    said: str = ""
    """One line about how it went."""

    details: str = ""
    """What else is to be said of one that did not pass."""

    attributes: Mapping[str, str] = field(default_factory=dict)


def suite(
    name: str,
    checks: Sequence[Check],
    *,
    attributes: Mapping[str, str] | None = None,
    properties: Mapping[str, str] | None = None,
) -> ET.Element:
    """The checks as one ``testsuite``."""
    states: list[str] = [check.state for check in checks]
    counts = {"tests": len(states)} | {_COUNTS[tag]: states.count(state) for state, tag in _TAGS.items()}
    made = ET.Element("testsuite", {"name": name} | {key: str(count) for key, count in counts.items()})
    made.attrib |= attributes or {}
    if properties:
        held = ET.SubElement(made, "properties")
        for key, value in properties.items():
            ET.SubElement(held, "property", name=key, value=value)
    made.extend(map(_case, checks))
    return made


def xml(root: ET.Element) -> str:
    """A whole file, one test a line."""
    for case in root.iter("testcase"):
        case.tail = "\n"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, "unicode").rstrip()}\n'


def _case(check: Check) -> ET.Element:
    case = ET.Element("testcase", {"classname": check.classname, "name": check.name, **check.attributes})
    case.attrib = {key: _printable(value) for key, value in case.attrib.items()}
    said = _printable(check.said)
    if check.state != "pass":
        told = ET.SubElement(case, _TAGS[check.state], message=said, type=check.state)
        told.text = _printable(check.details) or None
    elif said:
        ET.SubElement(case, "system-out").text = said
    return case


def _printable(text: str) -> str:
    """Without the control characters that XML 1.0 cannot say."""
    return "".join(sign if sign >= " " or sign in "\t\n" else "\ufffd" for sign in text)
