"""What is left out of lists must not matter to any rule."""

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.decision import Phase
from gateway.policy.bundle import Bundle, load
from gateway.policy.embedded import EmbeddedEngine, ask, entry_module, offered, prepare
from gateway.policy.engine import verdicts
from gateway.policy.interpreter import Interpreter
from gateway.policy.items import WHOLE, Items
from gateway.policy.reads import reads
from gateway.policy.shipped import assemble, packs

Make = Callable[..., Path]
HEAD = "package lictor.request\n\nimport rego.v1\n\n"
HELP = 'package lictor.help\n\nimport rego.v1\n\nf(x) := x.id\n\nkinds := {"pii"}\n'


def _of(make_bundle: Make, source: str, name: str = "findings") -> Items:
    modules = load(make_bundle({"a.rego": HEAD + source, "h.rego": HELP})).modules
    return reads(modules, [("data", "lictor", "request", "x")]).lists[name]


def _some(fields: str, kinds: str = "") -> Items:
    return Items(frozenset(fields.split()), frozenset(kinds.split()) if kinds else None)


LOOP = "some f in input.findings"
PII = 'f.category == "pii"'
WHOLE_PII = Items(None, frozenset({"pii"}))


@pytest.mark.parametrize(
    ("head", "lines", "expected"),
    [
        # The kind in the very next line.
        ("x contains f.id", [LOOP, PII, "f.score > 1"], _some("category id score", "pii")),
        ("x contains f.id", [LOOP, '"pii" == f.category'], _some("category id", "pii")),
        ("x contains f.id", [LOOP, 'f.category in {"pii", "bias"}'], _some("category id", "pii bias")),
        ("x contains f.id", [LOOP, 'f.category in ["pii"]'], _some("category id", "pii")),
        ('x contains f["id"]', [LOOP, 'f["category"] == "pii"'], _some("category id", "pii")),
        ("x", [f"count([f.id | {LOOP}; {PII}]) > 0"], _some("category id", "pii")),
        # Two loops.
        ("x", [LOOP, PII, "some g in input.findings", 'g.category == "bias"', "g.label == f.id"],
         _some("category id label", "pii bias")),
        ("x", [f"count([1 | {LOOP}; {PII}]) > 0", f"count([1 | {LOOP}; f.score > 0]) > 0"],
         _some("category score")),
        # Kinds that only evaluation tells, or that are told later.
        ("x contains f.id", [LOOP, "f.category in data.lictor.help.kinds"], _some("category id")),
        ("x contains f.id", [LOOP, "f.score > 1", PII], _some("category id score")),
        ("x contains f.id", [LOOP, f"not {PII}"], _some("category id")),
        ("x contains f.id", [LOOP, 'f.category != "pii"'], _some("category id")),
        ("x contains f.id", [LOOP, 'f.label == "pii"'], _some("id label")),
        # An entry that goes on as a whole.
        ("x contains f", [LOOP, PII], WHOLE_PII),
        ("x contains i", [LOOP, PII, "i := data.lictor.help.f(f)"], WHOLE_PII),
        ("x contains v", [LOOP, PII, "some v in f"], WHOLE_PII),
        ("x contains f[k]", [LOOP, PII, 'some k in ["id"]'], WHOLE_PII),
        # A list that is used in another way.
        ("x", ["count(input.findings) > 1"], WHOLE),
        ("x", [LOOP, PII, "count(input.findings) > 1"], WHOLE),
        ("x", ["every f in input.findings { f.score > 1 }"], WHOLE),
        ("x contains i", ["some i, f in input.findings", "f.id"], WHOLE),
        ("x", ["input.findings[0].score > 1"], WHOLE),
        ("x contains input.findings[i].id", ["some i in [0]"], WHOLE),
        ("x", ["y := input.findings", "some f in y", PII], WHOLE),
        ("x", ['some {"id": i} in input.findings', 'i == "f0"'], WHOLE),
    ],
)  # fmt: skip
def test_what_is_read(make_bundle: Make, head: str, lines: list[str], expected: Items) -> None:
    body = "\n\t".join(lines)
    assert _of(make_bundle, f"{head} if {{\n\t{body}\n}}\n") == expected


def test_rules_behind_a_rule_are_read_too(make_bundle: Make) -> None:
    assert _of(make_bundle, f"x if y\n\ny if {{\n\t{LOOP}\n\t{PII}\n}}\n") == _some("category", "pii")


def test_other_lists_are_told_apart_by_other_fields(make_bundle: Make) -> None:
    source = 'x if {\n\tsome %s in input.%s\n\t%s == "a"\n}'
    assert _of(make_bundle, source % ("c", "coverage", "c.detector"), "coverage") == _some("detector", "a")
    assert _of(make_bundle, source % ("s", "segments", "s.kind"), "segments") == _some("kind", "a")
    assert _of(make_bundle, source % ("s", "segments", "s.role"), "segments") == _some("role")


def test_what_is_left_out() -> None:
    entries = [{"id": "f0", "category": "pii", "start": 3}, {"id": "f1", "category": "bias"}, {"id": "f2"}]
    assert _some("id", "pii").of(entries, "category") == [{"id": "f0"}]
    assert _some("id category").of(entries, "category") == [
        {"id": "f0", "category": "pii"}, {"id": "f1", "category": "bias"}, {"id": "f2"},
    ]  # fmt: skip
    assert Items(None, frozenset({"bias"})).of(entries, "category") == [entries[1]]
    assert WHOLE.of(entries, "category") is entries
    assert _some("id").of("no list", "category") == "no list"


@pytest.mark.parametrize(
    ("source", "restless"),
    [
        ('x if {\n\tsome f in input.findings\n\tf.category == "pii"\n}', False),
        ("x if input.time.unix_ms > 1", True),
        ("x if input.exchange.body_bytes > 1", True),
        ("x if input.exchange.model", False),
        ("x if input.exchange[data.lictor.help.kinds]", True),
        ("x if {\n\tsome s in input.segments\n\ts.length > 1\n}", True),
        ("x if {\n\tsome s in input.segments\n\ts.role\n}", False),
        ("x if count(input.segments) > 1", True),
        ("x if input[data.lictor.help.kinds]", True),
    ],
)
def test_what_differs_from_call_to_call(make_bundle: Make, source: str, restless: bool) -> None:
    modules = load(make_bundle({"a.rego": HEAD + source, "h.rego": HELP})).modules
    assert reads(modules, [("data", "lictor", "request", "x")]).restless is restless


# --- all shipped rules --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    root = tmp_path_factory.mktemp("all")
    assemble(root, packs())
    return load(root)


@pytest.fixture(scope="module")
def engine(bundle: Bundle) -> EmbeddedEngine:
    return EmbeddedEngine(bundle, ("patterns",))


@pytest.fixture(scope="module")
def whole(bundle: Bundle) -> Interpreter:
    """All rules of the bundle in one interpreter, which is told everything."""
    return prepare(bundle, [entry_module(offered(bundle))])


def _one_of(words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words.split())


findings = st.lists(
    st.fixed_dictionaries({
        "category": _one_of("pii secret toxicity injection bias unsafe_output unheard_of"),
        "label": _one_of("email medical_record us_ssn PERSON insult self_harm sexual"),
        "score": st.sampled_from([0.1, 0.3, 0.45, 0.499, 0.5, 0.501, 0.6, 0.7, 0.75, 0.9, 1.0]),
        "segment": _one_of("s0 s1"),
        "role": _one_of("user tool system assistant"),
        "start": st.integers(0, 9),
        "end": st.integers(10, 20),
    }),
    max_size=4,
).map(lambda items: [{"id": f"f{place}", **item} for place, item in enumerate(items)])  # fmt: skip
label = {
    "trust": _one_of("internal external"),
    "region": _one_of("DE US IN CH"),
    "provider": st.just("x"),
    "baa": _one_of("signed no"),
    "transfer": st.just("scc"),
}
destinations = st.lists(
    st.fixed_dictionaries({}, optional=label).map(lambda labels: {"name": "a", "labels": labels}), max_size=2
)
attributes = st.fixed_dictionaries(
    {},
    optional={
        "age": _one_of("12 13 18 old"),
        "purpose": st.just("support"),
        "ai_act_risk": _one_of("high limited"),
        "audience": _one_of("employees public"),
        "approved_tools": st.just("payment"),
    },
)
facts = st.fixed_dictionaries({
    "caller": st.fixed_dictionaries({
        "tenant": _one_of("acme other"),
        "roles": st.lists(_one_of("clinician finance operator"), max_size=2, unique=True),
        "attributes": attributes,
    }),
    "exchange": st.fixed_dictionaries({
        "model": _one_of("gpt-4.1 unheard-of"),
        "destinations": destinations,
        "tools": st.lists(_one_of("get_page shell pay_invoice ponder"), max_size=3, unique=True),
        "parameters": st.sampled_from([{}, {"max_tokens": 10**6}, {"n": "many"}]),
        "body_bytes": st.integers(0, 10**6),
    }),
    "size": st.fixed_dictionaries({
        "body_kib": st.sampled_from([1, 8192, 8193]),
        "segments": st.sampled_from([1, 2000, 2001]),
        "kilocharacters": st.sampled_from([1, 2000, 2001]),
    }),
    "segments": st.lists(_one_of("text tool_arguments"), min_size=2, max_size=2).map(
        lambda kinds: [
            {"id": f"s{place}", "kind": kind, "role": "user", "length": 20}
            for place, kind in enumerate(kinds)
        ]
    ),
    "findings": findings,
    "coverage": st.lists(
        st.fixed_dictionaries({
            "segment": st.just("s0"),
            "detector": _one_of("* patterns"),
            "state": _one_of("ok not_run"),
            "reason": st.sampled_from(["", "image", "unknown_part", "history_unseen"]),
        }),
        max_size=2,
    ),
    "time": st.fixed_dictionaries({"unix_ms": st.integers(0, 2 * 10**12)}),
})  # fmt: skip


@settings(
    max_examples=150, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(facts, st.sampled_from(["request", "response"]))
def test_the_answers_are_those_of_rules_that_see_everything(
    engine: EmbeddedEngine, whole: Interpreter, found: dict[str, object], phase: Phase
) -> None:
    listed = found["findings"]
    assert isinstance(listed, list)
    answer = verdicts(ask(whole, phase, orjson.dumps(found)), [item["id"] for item in listed])
    assert sorted(map(repr, engine.evaluate(phase, found))) == sorted(map(repr, answer))
