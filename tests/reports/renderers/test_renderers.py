"""Renderings: the same bytes every time, valid by their formats, deaf to what callers put into names."""

import base64
import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal
from uuid import UUID

import pytest
from openpyxl import load_workbook

from reports.builders import KINDS
from reports.context import Context
from reports.model import Chart, Report, Series, plain
from reports.renderers import FORMATS, rendered
from reports.renderers.matrix import harmless
from reports.renderers.svg import drawn
from tests.reports.sample import tamper, write_log

ROOT = Path(__file__).parents[3]
Make = Callable[..., Context]


@pytest.fixture(scope="module")
def report(context: Context) -> Report:
    return KINDS["period"].build(context)


@pytest.fixture(scope="module")
def matrix(context: Context) -> Report:
    return KINDS["owasp"].build(context)


@pytest.fixture(scope="module")
def failed(make: Make, tmp_path_factory: pytest.TempPathFactory) -> Report:
    log = write_log(tmp_path_factory.mktemp("failed") / "log")
    tamper(log)
    return KINDS["period"].build(make(log))


class _Page(HTMLParser):
    """What a browser would make of a page: elements, attributes, texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def values(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.elements if name in attributes]


# -- the same bytes ------------------------------------------------------------------------------

_SCRIPT = """
import hashlib, sys
from pathlib import Path
from click.testing import CliRunner
from reports.cli import report
from reports.renderers import FORMATS
out = Path(sys.argv[2])
runner = CliRunner()
args = [sys.argv[3], "--log", sys.argv[1], "-o", str(out / "r"), "--format", ",".join(FORMATS)]
args += ["--bundle", str(out / "b.zip")]
done = runner.invoke(report, args)
assert done.exit_code == 0, done.output
for file in sorted(out.iterdir()):
    print(file.name, hashlib.sha256(file.read_bytes()).hexdigest())
"""


def _digests(log: Path, out: Path, seed: str) -> str:
    out.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": seed,
        "TZ": f"UTC+{seed}",
    }
    command = [sys.executable, "-c", _SCRIPT, str(log), str(out), "period"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=out, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_same_inputs_give_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    first = _digests(write_log(tmp_path / "a" / "log"), tmp_path / "one", "1")
    again = _digests(write_log(tmp_path / "elsewhere" / "log"), tmp_path / "two", "4")
    assert first == again
    assert len(first.splitlines()) == len(FORMATS) + 1


def test_the_date_follows_source_date_epoch(context: Context) -> None:
    found = KINDS["period"].build(replace(context, epoch=1_800_000_000))
    assert found.header.dated == "2027-01-15T08:00:00.000Z"
    assert found.header.reproduce.startswith("SOURCE_DATE_EPOCH=1800000000 ")


# -- every format --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["html", "json", "csv", "oscal", "sarif"])
def test_an_altered_log_is_told_by_every_rendering_that_is_read(failed: Report, name: str) -> None:
    body = rendered(failed, name).decode()
    beginning = body.partition("<body>")[2] if name == "html" else body
    assert beginning.index("NOT VERIFIED") < 1000


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"pdf", "xlsx"}))
def test_no_rendering_says_compliant(matrix: Report, name: str) -> None:
    assert b"complian" not in rendered(matrix, name).lower()


# -- HTML ----------------------------------------------------------------------------------------


def test_a_page_has_no_script_and_loads_nothing(report: Report) -> None:
    page = _Page(rendered(report, "html").decode())
    names = {tag for tag, _ in page.elements}
    assert not names & {"script", "link", "iframe", "img", "object", "embed", "form", "base"}
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "src"}]
    assert all(value.startswith("#") for value in page.values("href"))


def test_the_policy_of_a_page_allows_its_own_style_alone(report: Report) -> None:
    text = rendered(report, "html").decode()
    policy = _Page(text).values("content")[0]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style

    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_hostile_names_stay_text_in_a_page(report: Report) -> None:
    page = _Page(rendered(report, "html").decode())
    assert any("<script>alert(1)</script>" in text for text in page.texts)


def test_tables_of_a_page_can_be_heard(report: Report) -> None:
    text = rendered(report, "html").decode()
    page = _Page(text)
    tables = [tag for tag, _ in page.elements if tag == "table"]
    assert tables
    assert len(tables) == len([tag for tag, _ in page.elements if tag == "caption"])
    assert all(attributes.get("scope") in {"row", "col"} for tag, attributes in page.elements if tag == "th")
    assert all(
        attributes.get("role") == "img" and attributes.get("aria-label")
        for tag, attributes in page.elements
        if tag == "svg"
    )
    assert '<html lang="en">' in text


def test_every_link_of_a_page_has_its_end(report: Report, matrix: Report) -> None:
    for found in (report, matrix):
        page = _Page(rendered(found, "html").decode())
        ids = page.values("id")
        assert len(set(ids)) == len(ids)
        assert {value.removeprefix("#") for value in page.values("href")} <= set(ids)


def test_a_page_is_made_for_paper_and_for_the_dark(report: Report) -> None:
    text = rendered(report, "html").decode()
    assert "@media print" in text
    assert "prefers-color-scheme: dark" in text


# -- charts --------------------------------------------------------------------------------------


def test_a_chart_escapes_its_texts() -> None:
    chart = Chart('<x a="1">', "bars", ('"><script>',), (Series("<b>", (3,)),))
    picture = drawn(chart)
    assert "<script>" not in picture
    assert "<b>" not in picture
    assert "&lt;script&gt;" in picture


@pytest.mark.parametrize("kind", ["bars", "columns"])
def test_a_chart_draws_each_value_in_proportion(kind: Literal["bars", "columns"]) -> None:
    picture = drawn(Chart("t", kind, ("a", "b"), (Series("allow", (1, 2)), Series("deny", (0, 4)))))
    side = "width" if kind == "bars" else "height"
    sizes = [float(size) for size in re.findall(rf'<rect [^>]*{side}="([0-9.]+)"[^>]*><title>[ab]:', picture)]
    assert len(sizes) == 3
    assert sizes[1] / sizes[0] == pytest.approx(2, rel=0.01)


def test_nothing_is_drawn_of_nothing() -> None:
    assert drawn(Chart("t", "bars", (), ())) == ""
    assert drawn(Chart("t", "columns", ("a",), (Series("x", (0,)),))) == ""


# -- JSON, CSV, XLSX -----------------------------------------------------------------------------


def test_json_is_the_model(report: Report) -> None:
    assert json.loads(rendered(report, "json")) == plain(report)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\u00a0=1", "|cmd", "\ufffd=x"]
)
def test_what_looks_like_a_formula_is_none(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_numbers_and_plain_texts_stay() -> None:
    assert harmless(-5) == -5
    assert harmless("a = b") == "a = b"


def test_csv_has_a_row_for_each_statement_and_gap(matrix: Report) -> None:
    rows = list(csv.reader(io.StringIO(rendered(matrix, "csv").decode(), newline="")))
    assert len(rows) == 2 + len(matrix.claims) + len(matrix.gaps)
    assert {len(row) for row in rows} == {8}
    assert rows[1][2] == matrix.headline


def test_no_cell_of_a_csv_is_a_formula(report: Report) -> None:
    hostile = replace(report, gaps=(replace(report.gaps[0], what='=HYPERLINK("http://x","y")'),))
    rows = list(csv.reader(io.StringIO(rendered(hostile, "csv").decode(), newline="")))
    assert rows[-1][2].startswith("'=")


def test_no_cell_of_a_spreadsheet_is_a_formula(report: Report) -> None:
    hostile = replace(report, gaps=(replace(report.gaps[0], what="=1+1"),))
    book = load_workbook(io.BytesIO(rendered(hostile, "xlsx")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(cell.value == "'=1+1" for cell in cells)
    assert book["about"]["B1"].value == report.headline


def test_a_spreadsheet_carries_no_time_of_its_making(report: Report) -> None:
    with zipfile.ZipFile(io.BytesIO(rendered(report, "xlsx"))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r">(\d{4}-[^<]*)<", core)) == {"2026-09-22T14:13:32Z"}


# -- OSCAL, SARIF, in-toto -----------------------------------------------------------------------


def _uuids(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["uuid"]] if "uuid" in value else []
        return own + [found for item in value.values() for found in _uuids(item)]
    return [found for item in value for found in _uuids(item)] if isinstance(value, list) else []


def test_oscal_has_what_the_model_asks_for(matrix: Report) -> None:
    found = json.loads(rendered(matrix, "oscal"))["assessment-results"]
    assert found.keys() >= {"uuid", "metadata", "import-ap", "results"}
    assert found["metadata"].keys() >= {"title", "last-modified", "version", "oscal-version"}
    (result,) = found["results"]
    assert result.keys() >= {
        "uuid",
        "title",
        "description",
        "start",
        "reviewed-controls",
        "observations",
        "findings",
    }
    resources = {resource["uuid"] for resource in found["back-matter"]["resources"]}
    assert found["import-ap"]["href"].removeprefix("#") in resources


def test_oscal_references_resolve_and_ids_are_unique(matrix: Report) -> None:
    found = json.loads(rendered(matrix, "oscal"))
    uuids = _uuids(found)
    assert len(set(uuids)) == len(uuids)
    assert {UUID(uuid).version for uuid in uuids} == {5}
    (result,) = found["assessment-results"]["results"]
    observed = {item["uuid"] for item in result["observations"]}
    for finding in result["findings"]:
        assert {item["observation-uuid"] for item in finding["related-observations"]} <= observed


def test_oscal_tokens_are_tokens_and_states_are_modest(matrix: Report) -> None:
    (result,) = json.loads(rendered(matrix, "oscal"))["assessment-results"]["results"]
    token = re.compile(r"[A-Za-z_][A-Za-z0-9.\-_]*")
    for item in result["reviewed-controls"]["control-selections"][0]["include-controls"]:
        assert token.fullmatch(item["control-id"])
    for finding, claim in zip(
        result["findings"], [item for item in matrix.claims if item.control], strict=True
    ):
        assert token.fullmatch(finding["target"]["target-id"])
        satisfied = finding["target"]["status"]["state"] == "satisfied"
        assert satisfied is (claim.status == "supports")


def test_sarif_has_a_rule_for_each_result_and_a_place_in_the_log(report: Report) -> None:
    found = json.loads(rendered(report, "sarif"))
    assert found["version"] == "2.1.0"
    (run,) = found["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} == rules
    assert {result["level"] for result in run["results"]} <= {"error", "warning", "note"}
    unmatched = next(item for item in run["results"] if item["ruleId"] == "unmatched_decision")
    place = unmatched["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "tile/entries/000.p/24"
    assert place["logicalLocations"][0]["name"] == "entry 10"


def test_an_in_toto_statement_names_the_report_and_the_log(report: Report) -> None:
    found = json.loads(rendered(report, "in-toto"))
    digests = {item["name"]: item["digest"]["sha256"] for item in found["subject"]}
    assert digests["period.json"] == hashlib.sha256(rendered(report, "json")).hexdigest()
    assert digests["log example.org/prod/log"] == report.header.verification.root
    assert found["predicate"]["result"] == "WARNED"
    assert "gap:bypass" not in found["predicate"]["warnedTests"]
    assert "gap:unmatched_decision" in found["predicate"]["warnedTests"]


def test_only_a_failed_verification_fails_a_statement(failed: Report) -> None:
    predicate = json.loads(rendered(failed, "in-toto"))["predicate"]
    assert (predicate["result"], predicate["failedTests"]) == ("FAILED", ["log-verification"])


# -- PDF -----------------------------------------------------------------------------------------


def test_a_pdf_is_pdf_a_and_takes_hostile_names_as_text(report: Report) -> None:
    hostile = '#panic("ran") $x$ *b* `r` #import "@preview/x:1.0.0": y \\ @ref <label> // no'
    changed = replace(report, gaps=(replace(report.gaps[0], what=hostile, why=hostile),))
    body = rendered(changed, "pdf")
    assert body.startswith(b"%PDF-")
    assert b"pdfaid" in body
    assert b"<pdfaid:part>2<" in body


def test_a_pdf_spells_characters_that_its_fonts_lack(report: Report) -> None:
    changed = replace(report, gaps=(replace(report.gaps[0], what="résumé 😀 日本", why="\u202e"),))
    assert rendered(changed, "pdf").startswith(b"%PDF-")


def test_a_pdf_of_an_altered_log_can_be_made(failed: Report) -> None:
    assert rendered(failed, "pdf").startswith(b"%PDF-")
