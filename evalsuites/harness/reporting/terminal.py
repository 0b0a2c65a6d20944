"""The summary on the terminal, and as Markdown for a job's page."""

from collections.abc import Iterator

from evalsuites.harness.gates.ruling import GateResult
from evalsuites.harness.reporting.run import Run

MARKS = {"pass": "PASS", "fail": "FAIL", "inconclusive": "OPEN"}
_SHOWN = 10


def lines(run: Run) -> Iterator[str]:
    """What a person reads at the end. Gates of suites that were left out are told in one line."""
    ran = {one.suite for one in run.results}
    left_out = [one for one in run.ruling.gates if one.gate.suite not in ran] if ran else []
    for one in run.ruling.gates:
        if one in left_out:
            continue
        yield f"{MARKS[one.state]:<5} {named(one)}: {one.reason}"
        if one.evidence and one.evidence.detectable is not None:
            seen = 100 * one.evidence.detectable
            yield f"      these cases show a drop of {seen:.1f} points with a power of 80 %"
    if left_out:
        suites = ", ".join(sorted({one.gate.suite for one in left_out}))
        yield f"{MARKS['inconclusive']:<5} {len(left_out)} gates of suites that were not run: {suites}"
    yield ""
    counts = ", ".join(f"{number} {name}" for name, number in sorted(run.statuses.items()))
    tokens, usd = sum(one.tokens for one in run.results), sum(one.usd for one in run.results)
    yield f"results: {counts or 'none'}; {tokens} tokens, {usd:.4f} dollars"
    yield f"{run.word}: {run.ruling.reason}"


def markdown(run: Run) -> str:
    """A page for the job summary of a CI system."""
    mark = {"PASS": "> [!NOTE]", "FAIL": "> [!CAUTION]"}.get(run.word, "> [!WARNING]")
    rows = [
        f"| {MARKS[one.state]} | `{_cell(named(one))}` | {_cell(one.reason)} |" for one in run.ruling.gates
    ]
    table = ["| | gate | why |", "|---|---|---|", *rows]
    return "\n".join(
        [f"## Release gates: {run.word}", "", mark, f"> {_cell(run.ruling.reason)}", "", *table, ""]
    )


def annotations(run: Run) -> Iterator[str]:
    """Workflow commands by which GitHub shows what failed; ten a step are shown."""
    failing = [one for one in run.ruling.gates if one.state != "pass"]
    for one in failing[:_SHOWN]:
        level = "error" if one.state == "fail" and not one.warns else "warning"
        yield f"::{level} title={_escaped(_title(one), property_=True)}::{_escaped(one.reason)}"


def named(result: GateResult) -> str:
    """The gate's id, and whether it decides nothing."""
    return f"{result.gate.id} (advisory)" if result.gate.advisory else result.gate.id


def _title(result: GateResult) -> str:
    return f"gate {result.gate.id} {'does not hold' if result.state == 'fail' else 'is not shown'}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _escaped(text: str, *, property_: bool = False) -> str:
    for sign, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(sign, code)
    return text.replace(":", "%3A").replace(",", "%2C") if property_ else text
