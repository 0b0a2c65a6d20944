"""What exporters are given: a run as it was written, read back from its folder.

A run that just ended and one of last month are told the same way.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.reading import mapping
from evalsuites.harness.reporting.run import read
from evalsuites.harness.result import Result

RUN, STATEMENT = "run.json", "statement.json"


@dataclass(frozen=True, slots=True)
class Tracked:
    """A run for a platform."""

    folder: Path
    """Where its files are."""

    manifest: Mapping[str, Any]
    ruling: Mapping[str, Any]
    results: Sequence[Result]
    content: bool = False
    """Whether texts may leave: what was asked, and what metrics say of answers, which may quote them."""

    inputs: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """What was asked, by suite and case; empty unless ``content``."""

    @property
    def name(self) -> str:
        """A short name for people: the answer and the policy that it is about."""
        policy = str(self.manifest["policy"]).removeprefix("sha256:")[:8]
        return f"{self.ruling['word'].lower()}-{policy or 'unknown'}"

    @property
    def gates(self) -> Sequence[Mapping[str, Any]]:
        """What gates say, as ``run.json`` has it."""
        gates: Sequence[Mapping[str, Any]] = self.ruling["gates"]
        return gates

    @property
    def files(self) -> Iterator[Path]:
        """The evidence to keep with it: the run and its statement."""
        return (path for name in (RUN, STATEMENT) if (path := self.folder / name).is_file())

    def digests(self) -> Mapping[str, str]:
        """Everything that the run depends on, flat: names with dots, values as texts."""
        return dict(_flat("", {name: value for name, value in self.manifest.items() if name != "version"}))

    def reason(self, result: Result, metric: str) -> str:
        """Why an answer has its score, where texts may leave."""
        score = result.scores.get(metric)
        return score.reason if self.content and score is not None else ""


def tracked(folder: Path, *, content: bool = False, suites: Path | None = None) -> Tracked:
    """Read a run.

    Args:
        folder: where ``run.json`` and ``cases.jsonl`` are.
        content: whether texts may leave.
        suites: where the suites lie that were run; what was asked is read from there.

    Raises:
        UsageFault: there is no run in the folder, or it is damaged.
    """
    manifest, results = read(folder)
    document = json.loads((folder / RUN).read_text("utf-8"))
    ruling = mapping(document.get("ruling"), str(folder / RUN))
    if missing := sorted({"word", "exit_code", "reason", "gates"} - ruling.keys()):
        raise UsageFault(str(folder / RUN), f"its ruling has no `{missing[0]}`")
    inputs = dict(_inputs(suites, results)) if content and suites else {}
    return Tracked(folder, manifest, ruling, results, content, inputs)


def _inputs(root: Path, results: Sequence[Result]) -> Iterator[tuple[tuple[str, str], str]]:
    """Inputs of cases that are still what they were when they were asked."""
    from evalsuites.harness.suite import FILE, load_suite

    asked = {(one.suite, one.case): one.digests.get("case") for one in results}
    for file in sorted(root.rglob(FILE)):
        suite = load_suite(file.parent)
        for case in suite.cases:
            if asked.get((suite.name, case.id)) == case.digest:
                yield (suite.name, case.id), json.dumps(case.input, ensure_ascii=False, sort_keys=True)


def _flat(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{prefix}.{name}" if prefix else str(name), inner)
    elif isinstance(value, list):
        yield prefix, ", ".join(map(str, value))
    else:
        yield prefix, str(value)
