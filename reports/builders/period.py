"""The period audit report: what was checked, what was decided, and what was not."""

from reports.builders.revisions import revisions
from reports.context import Context
from reports.frame import framed, narrowed
from reports.model import Claim, Report, Section, Status, Table
from reports.tables import CHECKS, RULES, TENANTS, bars, crossed, over_time, pairs, table
from reports.tally import Tally


def build(context: Context) -> Report:
    """Everything of the period that figures can tell, without any framework's words."""
    context = narrowed(context, ())
    tally = context.tally
    sections = (
        _overview(tally),
        _rules(tally),
        _coverage(tally),
        _callers(tally),
        _traffic(tally),
        _policy(context),
    )
    return framed(context, "period", "Period audit report", sections)


def _overview(tally: Tally) -> Section:
    answered = tally.of("exchange")
    chart, figures = over_time("Exchanges over time, by answer", tally)
    claims = tuple(
        claim
        for claim in (
            _claim(
                "recorded",
                "Exchanges were recorded before anything went upstream.",
                tally,
                "record",
                "decision",
            ),
            _claim("closed", "Exchanges were recorded to their end.", tally, "record", "outcome"),
            _claim(
                "denied",
                "Exchanges were stopped by policy before the provider saw them.",
                tally,
                "answer",
                "request",
                "deny",
            ),
            _claim(
                "transformed",
                "Requests were changed before the provider saw them.",
                tally,
                "answer",
                "request",
                "transform",
            ),
            _claim(
                "answers",
                "Answers were judged before the caller saw all of them.",
                tally,
                "phase",
                "response",
            ),
        )
    )
    totals = table("Exchanges by answer", ("answer",), answered, "The heavier answer of the two phases.")
    text = (f"{sum(found.count for found in answered.values())} exchanges were decided in the period.",)
    return Section("overview", "Exchanges", text, claims, (chart,), (totals, figures, _sums(tally)))


def _claim(name: str, text: str, tally: Tally, facet: str, *key: str) -> Claim:
    support = tally.one(facet, *key)
    status: Status = "supports" if support.count else "not_covered"
    return Claim(
        name, text, status, "" if support.count else "There is no such record in the period.", "", support
    )


def _sums(tally: Tally) -> Table:
    named = {"input_tokens": "tokens of requests", "output_tokens": "tokens of answers"}
    rows = [(named[name], tally.sums[name]) for name in sorted(tally.sums) if name in named]
    return pairs("Sums, as upstreams reported them", ("of", "number"), rows)


def _rules(tally: Tally) -> Section:
    grid = crossed("Rules that spoke, by effect", tally, RULES)
    tables = (
        grid,
        table("Clauses that the rules named", ("clause",), tally.of("control")),
        table("Obligations", ("effect",), tally.of("obligation")),
        table(
            "Findings", ("category", "label"), tally.of("label"), "Records with at least one such finding."
        ),
    )
    return Section("rules", "Rules and findings", (), (), (bars("Rules by effect", grid),), tables)


def _coverage(tally: Tally) -> Section:
    grid = crossed("Detectors by how they fared", tally, CHECKS)
    detectors = table(
        "Versions of detectors that found something", ("detector", "version"), tally.of("detector")
    )
    text = ("Records that tell so of at least one segment. What did not run is listed among the gaps.",)
    return Section("coverage", "Checks", text, (), (bars("Detectors", grid),), (grid, detectors))


def _callers(tally: Tally) -> Section:
    grid = crossed("Tenants by answer", tally, TENANTS)
    tools = table("Tools offered to models", ("tool",), tally.of("tool"))
    return Section("tenants", "Tenants", (), (), (bars("Tenants", grid),), (grid, tools))


def _traffic(tally: Tally) -> Section:
    tables = (
        table("Models asked for", ("model",), tally.of("model")),
        table("Upstreams that answered", ("upstream",), tally.of("upstream")),
        table("Dialects", ("dialect",), tally.of("dialect")),
        table("Statuses that callers got", ("status",), tally.of("status")),
        table("Endings", ("ending",), tally.of("ending")),
        table("Codes", ("code",), tally.of("code")),
        table("Placeholders restored", ("label",), tally.of("restored")),
    )
    return Section("traffic", "Traffic", (), (), (), tables)


def _policy(context: Context) -> Section:
    return Section("policy", "Policy", (), (), (), revisions(context))
