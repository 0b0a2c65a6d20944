from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.decision import Phase
from gateway.policy.bundle import BundleError, load
from gateway.policy.embedded import EmbeddedEngine, Part
from gateway.policy.parts import parts
from gateway.policy.shipped import baseline

Make = Callable[..., Path]

HEAD = "package lictor.request\n\n"
DENY = 'deny contains {"rule": "a.%s", "reason": "N."} if %s\n'


def _groups(make_bundle: Make, **files: str) -> list[set[str]]:
    root = make_bundle({f"{name}.rego": source for name, source in files.items()})
    return [{module.file[0] for module in group} for group in parts(load(root).modules, "request")]


def test_independent_files_are_apart(make_bundle: Make) -> None:
    groups = _groups(
        make_bundle, a=HEAD + DENY % ("a", "input.exchange.stream"), b=HEAD + DENY % ("b", "input.findings")
    )
    assert groups == [{"a"}, {"b"}]


def test_helpers_come_along(make_bundle: Make) -> None:
    groups = _groups(
        make_bundle,
        a=HEAD + DENY % ("a", "data.lictor.help.x"),
        b=HEAD + DENY % ("b", "input.findings"),
        h="package lictor.help\n\nx if data.lictor.deep.y\n",
        d="package lictor.deep\n\ny if input.exchange.stream\n",
    )
    assert groups == [{"a", "h", "d"}, {"b"}]


def test_a_helper_in_another_deciding_file_joins_them(make_bundle: Make) -> None:
    groups = _groups(
        make_bundle,
        a=HEAD + DENY % ("a", "helper"),
        b=HEAD + DENY % ("b", "input.findings") + "helper if input.exchange.stream\n",
    )
    assert groups == [{"a", "b"}, {"b"}]


@pytest.mark.parametrize("reference", ["count(data.lictor.request.deny) > 0", "data[input.caller.app]"])
def test_a_rule_that_may_read_an_effect_set_keeps_all_together(make_bundle: Make, reference: str) -> None:
    flag = f'flag contains {{"rule": "b.b", "reason": "N."}} if helper\n\nhelper if {reference}\n'
    deny = HEAD + DENY % ("a", "input.exchange.stream")
    if "[" in reference:
        with pytest.raises(BundleError, match="depends on itself"):
            _groups(make_bundle, a=deny, b=HEAD + flag)
    else:
        assert _groups(make_bundle, a=deny, b=HEAD + flag) == [{"a", "b"}]


PHASES: tuple[Phase, ...] = ("request", "response")
DESTINATIONS = [{"labels": {}}, {"labels": {"trust": "internal"}}]

findings = st.lists(
    st.fixed_dictionaries({
        "id": st.sampled_from(["f0", "f1"]),
        "category": st.sampled_from(["pii", "secret", "toxicity"]),
        "label": st.sampled_from(["email", "ip_address"]),
        "score": st.sampled_from([0.1, 0.6, 1.0]),
    }),
    max_size=3,
)  # fmt: skip
coverage = st.lists(
    st.fixed_dictionaries({
        "detector": st.sampled_from(["*", "patterns"]),
        "state": st.sampled_from(["ok", "not_run"]),
        "reason": st.sampled_from(["", "image", "unknown_part"]),
    }),
    max_size=2,
)  # fmt: skip
facts = st.fixed_dictionaries({
    "caller": st.just({"tenant": "acme"}),
    "exchange": st.fixed_dictionaries({
        "model": st.sampled_from(["gpt-4.1", "unheard-of", ""]),
        "destinations": st.lists(st.sampled_from(DESTINATIONS), max_size=2),
        "tools": st.just(["search"]),
    }),
    "size": st.fixed_dictionaries(
        {name: st.sampled_from([1, 10**6]) for name in ("body_kib", "segments", "kilocharacters")}
    ),
    "findings": findings,
    "coverage": coverage,
})  # fmt: skip

BUNDLE = load(baseline())
APART = EmbeddedEngine(BUNDLE)
WHOLE = {phase: Part(replace(BUNDLE, revision="whole"), phase) for phase in PHASES}


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(facts, st.sampled_from(PHASES))
def test_the_parts_answer_as_the_whole(found: dict[str, object], phase: Phase) -> None:
    apart, whole = APART.evaluate(phase, found), WHOLE[phase].verdicts(found)
    assert sorted(map(repr, apart)) == sorted(map(repr, whole))
