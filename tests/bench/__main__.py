"""The command: ``python -m tests.bench``."""

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path

import uvloop

from tests.bench.measure import CELLS, Cell, Result, Rounds, memory_a_stream, warm_up
from tests.bench.process import free_port, split_cores
from tests.bench.report import as_json, conditions, markdown
from tests.bench.subjects import STARTERS, Site, start_mock


def _options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measure what the gateway adds to a call, beside a reference forwarder.",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one slice")
    parser.add_argument("--cells", default="", help="only the cells whose name contains this")
    parser.add_argument(
        "--subjects",
        default="floor,passthrough,governed,buffered,observed",
        help=f"comma-separated, of: {', '.join(name for name in STARTERS if name != 'direct')}",
    )
    parser.add_argument(
        "--litellm-python",
        type=Path,
        help="interpreter of an environment with litellm[proxy]: adds that peer",
    )
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="folder for results and logs")
    return parser.parse_args(arguments)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _subject_names(options: argparse.Namespace) -> list[str]:
    names = ["direct", *filter(None, options.subjects.split(","))]
    if options.litellm_python and "litellm" not in names:
        names.append("litellm")
    return names


async def bench(options: argparse.Namespace, cells: list[Cell]) -> list[Result]:
    """Start everybody, measure, stop everybody; who does not start has said why in its log."""
    gateway_cores, own_cores = split_cores()
    os.sched_setaffinity(0, own_cores)
    site = Site(options.out.resolve(), gateway_cores, free_port(), options.litellm_python)
    with ExitStack() as running:
        running.callback(start_mock(site.folder, own_cores, site.mock_port).end)
        subjects, starts = [], {}
        for name in _subject_names(options):
            subject = STARTERS[name](site)
            if subject.process:
                running.callback(subject.process.end)
            _tell(f"starting {name}")
            starts[name] = await warm_up(subject, cells)
            subjects.append(subject)
        rounds = Rounds(subjects, cells)
        await rounds.run(options.rounds, options.seconds, _tell)
        held = {subject.name: await memory_a_stream(subject) for subject in subjects}
        return [rounds.result(one, starts[one.name], held[one.name]) for one in subjects]


def main() -> None:
    """Measure, print the page, keep it with the JSON."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    cores = len(os.sched_getaffinity(0))
    cells = [cell for cell in CELLS if options.cells in cell.name]
    results = uvloop.run(bench(options, cells))
    where = conditions(cores, options.rounds, options.seconds)
    page = markdown(where, cells, results)
    (options.out / "result.md").write_text(page)
    (options.out / "result.json").write_text(as_json(where, results))
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
