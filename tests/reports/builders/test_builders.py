"""Every kind of report: valid by the schema, resting on proofs, silent on what nobody can know."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gateway.audit.proof import verify_proof
from gateway.audit.reader import entry, prove
from gateway.audit.tree import leaf_hash
from gateway.core.errors import ConfigError
from gateway.detect.onnx.manifest import shipped
from reports.builders import KINDS
from reports.context import Context
from reports.model import Report, Section, Table, plain
from tests.reports.sample import HOSTILE, OLD, SIGNER, Book, decided, ended, exchange, tamper, write_log

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "reports" / "schema" / "report-v1.json").read_text("utf-8"))
Make = Callable[..., Context]


@pytest.fixture(scope="module")
def reports(context: Context) -> dict[str, Report]:
    full = replace(context, exchange="DENIED", models=shipped())
    return {name: kind.build(full) for name, kind in KINDS.items()}


@pytest.fixture(scope="module", params=sorted(KINDS))
def report(request: pytest.FixtureRequest, reports: dict[str, Report]) -> Report:
    return reports[request.param]


def section(report: Report, name: str) -> Section:
    return next(item for item in report.sections if item.id == name)


def table(report: Report, title: str) -> Table:
    return next(item for part in report.sections for item in part.tables if item.title == title)


def rows(found: Table) -> dict[Any, tuple[Any, ...]]:
    return {row.cells[0]: row.cells[1:] for row in found.rows}


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_a_report_is_valid_by_the_schema(report: Report) -> None:
    Draft202012Validator(SCHEMA).validate(plain(report))


def test_the_schema_refuses_a_claim_without_a_record(report: Report) -> None:
    broken = json.loads(json.dumps(plain(report)))
    broken["sections"][0]["claims"][0]["support"]["count"] = 0
    assert not Draft202012Validator(SCHEMA).is_valid(broken)


def test_a_report_begins_with_the_verification(report: Report) -> None:
    assert next(iter(plain(report))) == "headline"
    assert report.headline.startswith("Verified: 24 entries of example.org/prod/log")
    assert report.sections[0].id == "integrity"


def test_every_reference_resolves_to_a_proof(report: Report, log: Path) -> None:
    assert report.refs
    for ref in report.refs:
        leaf = entry(log, ref.index)
        assert leaf_hash(leaf).hex() == ref.leaf
        assert verify_proof(prove(log, ref.index), leaf, SIGNER.vkey).size == 24


def test_section_ids_are_unique(report: Report) -> None:
    ids = [item.id for item in report.sections]
    assert len(set(ids)) == len(ids)


def test_a_table_has_a_cell_for_each_column(report: Report) -> None:
    for part in report.sections:
        for found in part.tables:
            assert all(len(row.cells) == len(found.columns) for row in found.rows), found.title
        for chart in part.charts:
            assert all(len(series.values) == len(chart.labels) for series in chart.series)


def test_no_report_says_compliant(report: Report) -> None:
    assert "complian" not in json.dumps(plain(report)).lower()


@pytest.mark.parametrize("name", sorted(KINDS))
def test_on_an_altered_log_no_claim_stands(make: Make, tmp_path: Path, name: str) -> None:
    log = write_log(tmp_path / "log")
    tamper(log)
    found = KINDS[name].build(make(log, more={"exchange": "E0", "models": shipped()}))
    assert found.headline.startswith("NOT VERIFIED")
    assert {claim.status for claim in found.claims} <= {"not_covered", "operator_must_supply"}
    assert found.gaps[0].kind == "failed_verification"
    Draft202012Validator(SCHEMA).validate(plain(found))


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"decision"}))
def test_a_log_without_exchanges_gives_a_report(make: Make, tmp_path: Path, name: str) -> None:
    book = Book()
    book.start("b")
    found = KINDS[name].build(make(write_log(tmp_path / "log", book.entries)))
    Draft202012Validator(SCHEMA).validate(plain(found))
    assert any(gap.kind == "no_record" for gap in found.gaps)


def test_the_period_report_has_its_figures(reports: dict[str, Report]) -> None:
    found = reports["period"]
    assert rows(table(found, "Exchanges by answer")) == {
        "allow": (3,),
        "transform": (2,),
        "deny": (1,),
        "error_open": (1,),
        "flag": (1,),
    }
    tenants = rows(table(found, "Tenants by answer"))
    assert tenants["acme"][-1] == 5
    assert not any("\u202e" in str(name) for name in tenants)
    assert table(found, "Rules that spoke, by effect").rows[0].support.count == 2
    assert [chart.kind for chart in section(found, "overview").charts] == ["columns"]


def test_the_ai_act_report_is_a_technical_file_and_instructions(reports: dict[str, Report]) -> None:
    found = reports["eu-ai-act"]
    assert any(claim.control.endswith("annex-iv-2(g)") for claim in found.claims)
    assert section(found, "instructions").text[0].startswith("Collecting.")
    assert rows(table(found, "Extent of the log"))["entries under the newest checkpoint"] == (24,)


def test_frameworks_list_each_clause_once(reports: dict[str, Report], context: Context) -> None:
    named = [claim.control for claim in reports["owasp"].claims if claim.control]
    catalogues = [item for item in context.catalogues if item.framework in {"owasp-llm", "mitre-atlas"}]
    assert sorted(named) == sorted(control.name for item in catalogues for control in item.controls)


def test_article_30_keeps_what_is_declared_from_what_is_observed(make: Make, log: Path) -> None:
    declared = {"controller": "Acme GmbH", "purposes": {"acme": "support"}, "countries": {"primary": "DE"}}
    found = KINDS["gdpr-art30"].build(make(log, more={"operator": declared}))
    assert rows(table(found, "Declared"))["30(1)(a) Controller and contact"] == ("Acme GmbH",)
    assert rows(table(found, "Declared"))["30(1)(c) Categories of persons"] == ("operator must supply",)
    purposes = rows(table(found, "30(1)(b) Purposes, by tenant"))
    assert (purposes["acme"], purposes["beta"]) == (("support",), ("operator must supply",))
    recipients = {row.cells[:3] for row in table(found, "30(1)(d) and (e) Recipients, by tenant").rows}
    assert ("acme", "primary", "DE") in recipients
    assert ("acme", "email", "request", "primary", 2) in {
        row.cells for row in table(found, "Kinds of personal data observed").rows
    }


def test_an_incident_freezes_a_range_in_order(make: Make, log: Path) -> None:
    full = KINDS["incident"].build(make(log))
    timeline = table(full, "Entries in log order")
    assert [row.cells[1] for row in timeline.rows] == list(range(24))
    start = make(log).evidence.period.from_ms
    assert start == 0
    part = KINDS["incident"].build(make(log, to_ms=1_790_000_003_000))
    assert [row.cells[1] for row in table(part, "Entries in log order").rows] == [0, 1, 2]
    claim = section(part, "timeline").claims[0]
    assert (claim.status, claim.support.count) == ("supports", 3)


def test_a_decision_is_explained(make: Make, log: Path) -> None:
    found = KINDS["decision"].build(make(log, more={"exchange": "DENIED"}))
    assert table(found, "Rules that spoke").rows[0].cells[:3] == (
        "secrets.never_leave",
        "deny",
        "secrets.never_leave spoke",
    )
    assert [claim.status for claim in section(found, "summary").claims] == ["supports", "supports"]
    crashed = KINDS["decision"].build(make(log, more={"exchange": "CRASHED"}))
    assert [claim.status for claim in section(crashed, "summary").claims] == ["supports", "not_covered"]


def test_an_unknown_or_unnamed_decision_is_an_error(make: Make, log: Path) -> None:
    with pytest.raises(ConfigError, match="name the decision"):
        KINDS["decision"].build(make(log))
    with pytest.raises(ConfigError, match="knows nothing of NOBODY"):
        KINDS["decision"].build(make(log, more={"exchange": "NOBODY"}))


def test_policy_changes_are_in_order_with_the_rejected_one(reports: dict[str, Report]) -> None:
    found = reports["policy-change"]
    changes = [row.cells[1:5] for row in table(found, "Changes, in log order").rows]
    assert [(kind, accepted) for kind, _, _, accepted in changes] == [
        ("bundle", "accepted"),
        ("bundle", "accepted"),
        ("bundle", "REJECTED"),
        ("approval", ""),
    ]
    assert {row.cells[0] for row in table(found, "Policy revisions that decided").rows} >= {OLD}
    assert any(part.title.startswith("Rules of baseline") for part in section(found, "rules").tables)


def test_without_evaluations_the_report_says_none(reports: dict[str, Report]) -> None:
    assert section(reports["evals"], "evals").text == (
        "The log holds no evaluation run and no gate in this period.",
    )


def test_an_evaluation_and_a_gate_are_shown(make: Make, tmp_path: Path) -> None:
    book = Book()
    book.start("b")
    book.write({"type": "eval_run", "suite": "injection", "passed": 9})
    book.write({"type": "gate", "verdict": "pass"})
    found = KINDS["evals"].build(make(write_log(tmp_path / "log", book.entries)))
    assert [claim.status for claim in section(found, "evals").claims] == ["supports", "supports"]
    assert "suite=injection" in str(table(found, "Runs and gates, in log order").rows[0].cells[2])


def test_models_have_their_cards(reports: dict[str, Report]) -> None:
    found = reports["models"]
    assert any(part.id == "model-guard-minilm-l6" for part in found.sections)
    assert rows(table(found, "Models that callers asked for"))["gpt-5"] == (7,)


def test_a_period_of_many_days_is_counted_by_month(make: Make, tmp_path: Path) -> None:
    book = Book()
    book.start("b")
    for at in range(3):
        call = exchange(f"E{at}")
        book.write(decided(call))
        book.write(ended(call))
        book.now += 40 * 86_400_000
    found = KINDS["period"].build(make(write_log(tmp_path / "log", book.entries)))
    shown = table(found, "Exchanges over time, by answer")
    assert shown.columns[0] == "month"
    assert [row.cells[0] for row in shown.rows] == ["2026-09", "2026-10", "2026-12"]
    assert all(row.support.count == 1 for row in shown.rows)


def test_hostile_names_arrive_without_what_cannot_be_seen(reports: dict[str, Report]) -> None:
    text = json.dumps(plain(reports["period"]), ensure_ascii=False)
    assert HOSTILE not in text
    assert "<script>" in text  # a value like any other: renderers escape it
    assert "\u202e" not in text
