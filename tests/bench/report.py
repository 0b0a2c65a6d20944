"""The figures as a Markdown page and as JSON."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from tests.bench.measure import Cell, Figures, Result, Times


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the figures depend on."""

    processor: str
    cores: int
    system: str
    python: str
    lictor: str
    rounds: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.processor}, {self.cores} cores; {self.system}; Python {self.python}; "
            f"lictor {self.lictor}; medians of {self.rounds} interleaved rounds of {self.seconds:g} s"
        )


def conditions(cores: int, rounds: int, seconds: float) -> Conditions:
    """The conditions on this machine."""
    return Conditions(
        processor=_processor(),
        cores=cores,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        lictor=version("lictor"),
        rounds=rounds,
        seconds=seconds,
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _pair(pair: Times) -> str:
    return f"{pair.p50:.2f} / {pair.p95:.2f}"


def _ratio(ours: Figures, floor: Figures) -> str:
    """CPU in units of the reference forwarder's; nothing when either was too little to tell."""
    return f"{ours.cpu_ms / floor.cpu_ms:.2f}" if ours.cpu_ms and floor.cpu_ms else ""


def _row(cell: Cell, result: Result, floor: Result | None) -> list[str]:
    figures = result.figures[cell.name]
    whole, first, gap = result.added[cell.name]
    return [
        result.name,
        f"{figures.cpu_ms:.3f}",
        _ratio(figures, floor.figures[cell.name]) if floor else "",
        f"{figures.rate:,.0f}",
        _pair(whole),
        _pair(first) if cell.prompt.stream else "",
        _pair(gap) if cell.prompt.stream else "",
        f"{figures.cpu_ms * 1000 / cell.prompt.chunks:.1f}" if cell.prompt.stream else "",
        str(figures.errors or ""),
    ]


_TITLES = [
    "subject",
    "CPU ms a call",
    "floors",
    "calls/s",
    "added ms p50 / p95",
    "added first text",
    "added between texts",
    "CPU µs a chunk",
    "errors",
]


def _table(rows: Sequence[Sequence[str]]) -> str:
    head = [_TITLES, ["---"] + ["---:"] * (len(_TITLES) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [*head, *rows])


def markdown(where: Conditions, cells: Sequence[Cell], results: Sequence[Result]) -> str:
    """The page: conditions, footprints, one table a cell."""
    floor = next((result for result in results if result.name == "floor"), None)
    measured = [result for result in results if result.name != "direct"]
    footprints = [
        f"- {result.name}: ready after {result.start_s:.1f} s, {result.memory_mib:.0f} MiB at the end, "
        f"{result.stream_kib:.0f} KiB more for each of 100 open streams"
        for result in measured
    ]
    sections = [
        f"## {cell.name}\n\n{_table([_row(cell, result, floor) for result in measured])}" for cell in cells
    ]
    return "\n\n".join(["# Benchmark", str(where), "\n".join(footprints), *sections]) + "\n"


def as_json(where: Conditions, results: Sequence[Result]) -> str:
    """The same for programs."""
    document = {"conditions": asdict(where), "results": [asdict(result) for result in results]}
    return json.dumps(document, indent=2) + "\n"
