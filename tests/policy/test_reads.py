import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gateway.policy.bundle import load
from gateway.policy.reads import Reads, reads

Make = Callable[..., Path]
FACTS: Mapping[str, object] = {
    "exchange": {"id": "1", "model": "m", "tools": []},
    "caller": {"tenant": "t", "app": "a"},
    "findings": [],
    "time": {"unix_ms": 1},
}


def _read(make_bundle: Make, source: str) -> dict[str, object]:
    head = 'package lictor.request\n\ndeny contains {"rule": "a.b", "reason": "N."} if '
    modules = load(make_bundle({"a.rego": head + source, "h.rego": HELP})).modules
    return _seen(reads(modules, [("data", "lictor", "request", "deny")]))


def _seen(found: Reads) -> dict[str, object]:
    seen: dict[str, object] = json.loads(found.of(FACTS))
    return seen


HELP = "package lictor.help\n\nf(x) := x.id\n\ntime := input.time.unix_ms\n\nunused := input.findings\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("true\n", {}),
        ("input.exchange.model\n", {"exchange": {"model": "m"}}),
        ('input["exchange"]["model"]\n', {"exchange": {"model": "m"}}),
        ("input.exchange[data.key]\n", {"exchange": FACTS["exchange"]}),
        ("{\n\te := input.exchange\n\te.id\n}\n", {"exchange": FACTS["exchange"]}),
        ("data.lictor.help.f(input.exchange)\n", {"exchange": FACTS["exchange"]}),
        ("data.lictor.help.time > 0\n", {"time": {"unix_ms": 1}}),
        ("data.lictor[input.caller.app]\n", {**FACTS, "exchange": None, "caller": {"app": "a"}}),
        ("input[data.key]\n", FACTS),
        ("data.lictor.help.f(input)\n", FACTS),
        ("count([1 | some f in input.findings; input.caller.tenant == f]) > 0\n",
         {"findings": [], "caller": {"tenant": "t"}}),
    ],
)  # fmt: skip
def test_projection(make_bundle: Make, source: str, expected: dict[str, object]) -> None:
    wanted = {key: value for key, value in expected.items() if value is not None}
    if "lictor[" in source:
        source = source.replace("data.lictor[", "data.lictor.help[")
    assert _read(make_bundle, source) == wanted


def test_imported_input_is_followed(make_bundle: Make) -> None:
    source = (
        'package lictor.request\n\nimport input.caller as who\n\nflag contains {"rule": "a.b"} if who.app\n'
    )
    modules = load(make_bundle({"a.rego": source})).modules
    assert _seen(reads(modules, [("data", "lictor", "request", "flag")])) == {"caller": {"app": "a"}}
