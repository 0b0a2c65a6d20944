"""All forms of one report: the same bytes for the same inputs, whole, and safe to open."""

import hashlib
import io
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest
from rich.console import Console

from gateway.policy.backtest.gate import Limits, checks, limit
from gateway.policy.backtest.html import page
from gateway.policy.backtest.junit import junit
from gateway.policy.backtest.report import About, encoded, report
from gateway.policy.backtest.run import Order, work
from gateway.policy.backtest.statement import statement
from gateway.policy.backtest.sweep import points
from gateway.policy.backtest.terminal import tell
from gateway.policy.bundle import load
from tests.policy.backtest.scene import Bundles, Past

SURE, DOUBTFUL = ("classifiers", "injection", 0.95), ("classifiers", "injection", 0.7)


@pytest.fixture
def document(bundle: Bundles) -> dict[str, Any]:
    old, new = bundle(), bundle(deny=0.6)
    past = Past(old)
    for found in ((), (SURE,), (DOUBTFUL,), (("patterns", "pii", 0.9),)):
        past.exchange(found, route="<script>alert(1)</script>")
    labels = {"x002": True, "x003": False}
    return _document(past, new, old, labels)


def _document(past: Past, new: Path, old: Path, labels: dict[str, bool]) -> dict[str, Any]:
    order = Order(
        past.log, new, (old,), points=points(["settings.deny=0.5:0.9:0.2"]), labels=labels, stop=past.log.size
    )
    sums = work(order)
    about = About("origin", past.log.size, "ab" * 32, load(new).revision, (load(old).revision,))
    return report(about, sums, checks(sums, Limits(limit("0"), least=1), None))


def test_the_same_inputs_are_the_same_bytes(bundle: Bundles) -> None:
    old, new = bundle(), bundle(deny=0.6)
    past = Past(old)
    past.exchange([DOUBTFUL])
    one, two = (_document(past, new, old, {}) for _ in range(2))
    assert encoded(one) == encoded(two)
    assert page(one) == page(two)


def test_json_survives(document: dict[str, Any]) -> None:
    assert orjson.loads(encoded(document)) == document
    assert document["verdict"] == "fail"
    assert [point["newly_stopped"][0] for point in document["sweeps"][0]["points"]] == [1, 1, 0]
    assert document["labels"]["old"]["rightly_stopped"] == 1
    assert document["labels"]["new"]["wrongly_stopped"] == 1


class _Tags(HTMLParser):
    """Collects tags, and checks that they close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not [value for name, value in attrs if name in {"href", "src"} or name.startswith("on")]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing(document: dict[str, Any]) -> None:
    text = page(document)
    tags = _Tags()
    tags.feed(text)
    assert not tags.open
    assert "script" not in tags.seen
    assert text.count("<svg") >= 6
    assert "injection.attempt" in text


def test_pictures_are_xml(document: dict[str, Any]) -> None:
    for picture in page(document).split("<svg")[1:]:
        ET.fromstring("<svg" + picture.partition("</svg>")[0] + "</svg>")


def test_junit(document: dict[str, Any]) -> None:
    suite = ET.fromstring(junit(document))
    assert suite.attrib["failures"] == "1"
    assert [case.attrib["name"] for case in suite] == ["reproduction", "max-new-deny"]
    assert suite[1][0].tag == "failure"


def test_a_refused_report_says_nothing_of_the_candidate(bundle: Bundles) -> None:
    old, new = bundle(), bundle(deny=0.6)
    past = Past(old)
    past.exchange([SURE])
    past.log.records[0]["decision"]["answer"] = "flag"
    document = _document(past, new, old, {})
    assert document["verdict"] == "inconclusive"
    assert "exchanges" not in document
    suite = ET.fromstring(junit(document))
    assert suite.attrib["errors"] == "1"
    assert "injection" not in page(document)
    assert statement(document)["predicate"]["result"] == "WARNED"


def test_statement_names_bundles_log_and_entries(document: dict[str, Any]) -> None:
    made = statement(document)
    assert [f"sha256:{each['digest']['sha256']}" for each in made["subject"]] == [
        document["bundles"]["new"], *document["bundles"]["old"],
    ]  # fmt: skip
    log = made["predicate"]["configuration"][0]
    assert log["digest"] == {"sha256": "ab" * 32}
    indices = b"".join(index.to_bytes(8, "big") for index in (0, 2, 4, 6))
    assert log["annotations"]["indices"] == f"sha256:{hashlib.sha256(indices).hexdigest()}"
    assert made["predicate"]["failedTests"] == ["max-new-deny"]


def test_terminal(document: dict[str, Any]) -> None:
    out = io.StringIO()
    tell(document, Console(file=out, width=120))
    for word in ("injection.attempt", "newly stopped", "settings.deny", "verdict: fail"):
        assert word in out.getvalue()
