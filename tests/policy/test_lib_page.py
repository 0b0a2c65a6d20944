"""The page about the library names what is there, and its example works."""

import re
from pathlib import Path

import gateway.policy
from gateway.policy.bundle import load
from gateway.policy.check import check
from gateway.policy.embedded import EmbeddedEngine
from gateway.policy.shipped import assemble, library

PAGE = (Path(gateway.policy.__file__).parents[2] / "docs" / "reference" / "lib.md").read_text()
INNER = {
    "spans": set(),
    "thresholds": set(),
    "windows": {"days", "local_minute", "minute", "minutes_per_day", "two_digits", "weekday_before"},
}
"""What parts of the library are made of, which the page leaves out."""


def test_every_rule_of_the_library_is_on_the_page_and_no_other() -> None:
    tables = PAGE.split("## Rules that stay cheap")[0].split("| `lictor.lib.")[1:]
    told = {
        table.split("`")[0]: set(re.findall(r"`([a-z_]+)(?:\([a-z, ]*\))?`", "".join(_first_cells(table))))
        for table in tables
    }
    there = {
        module.package[-1]: {rule.name for rule in module.rules} - INNER.get(module.package[-1], set())
        for module in load(library()).modules
    }
    assert told == there


def _first_cells(table: str) -> list[str]:
    return [line.split("|")[1] for line in table.splitlines()[2:] if line.startswith("|")]


def test_the_example_is_in_order_and_speaks(tmp_path: Path) -> None:
    assemble(tmp_path)
    (example,) = re.findall(r"```rego\n(package .*?)```", PAGE, re.DOTALL)
    (tmp_path / "lictor" / "request" / "house.rego").write_text(example)
    assert check(tmp_path) == []
    facts = {
        "caller": {"tenant": "a", "roles": ["intern"], "attributes": {}},
        "exchange": {
            "destinations": [{"name": "a", "labels": {}}],
            "model": "",
            "tools": [],
            "parameters": {},
        },
        "size": {"body_kib": 1, "segments": 1, "kilocharacters": 1},
        "findings": [],
        "coverage": [],
    }
    spoken = {verdict.rule for verdict in EmbeddedEngine(load(tmp_path)).evaluate("request", facts)}
    assert spoken == {"house.interns_stay_inside"}
