# ruff: noqa: E501 - a table of sources and complaints
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.policy.check import check

Make = Callable[..., Path]

REQUEST = "package lictor.request\n\n"
GOOD = '"rule": "a.b", "reason": "No."'
DATA = {"settings": {"limits": {"tokens": 5}}}


def _said(make_bundle: Make, source: str, **more: str) -> list[str]:
    root = make_bundle({"a.rego": source, **{f"{name}.rego": text for name, text in more.items()}}, DATA)
    return [f"{Path(item.file).name}:{item.line}: {item.rule}: {item.message}" for item in check(root)]


@pytest.mark.parametrize(
    "source",
    [
        f"deny contains {{{GOOD}}} if input.exchange.stream\n",
        f"deny contains verdict if {{\n\tinput.exchange.stream\n\tverdict := {{{GOOD}}}\n}}\n",
        f"deny contains {{{GOOD}}} if input.caller.attributes.anything == 1\n",
        f"deny contains {{{GOOD}}} if input.exchange.parameters[_] == 1\n",
        f"deny contains {{{GOOD}}} if data.settings.limits.tokens > 1\n",
        f"deny contains {{{GOOD}}} if data.settings[input.caller.tenant]\n",
        f"deny contains {{{GOOD}}} if data.lictor.request.other\nother if input.exchange.stream\n",
        f'deny contains {{{GOOD}}} if glob.match("a*", null, input.exchange.model)\n',
        f"deny contains {{{GOOD}}} if {{\n\tevery s in input.segments {{ s.length < 5 }}\n}}\n",
        f'redact contains {{{GOOD}, "with": "mask", "findings": [f.id]}} if some f in input.findings\n',
        f'deny contains {{{GOOD}, "answer": "Ask HR."}} if input.exchange.stream\n',
        f'flag contains {{{GOOD}, "headers": {{"x-team": "a"}}}} if input.exchange.stream\n',
        f'flag contains {{{GOOD}, "headers": {{"x-team": input.caller.tenant}}}} if input.exchange.stream\n',
        f"helper contains 1 if input.exchange.stream\ndeny contains {{{GOOD}}} if 1 in helper\n",
        'deny contains object.union({"rule": "a.b"}, {"reason": "N."}) if input.exchange.stream\n',
    ],
)
def test_nothing_to_complain_about(make_bundle: Make, source: str) -> None:
    assert _said(make_bundle, REQUEST + source) == []


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("deny contains {\n", "a.rego:4: deny: expecting expression"),
        (f"denyy contains {{{GOOD}}} if true\n", "3: denyy: there is no effect `denyy`; did you mean `deny`?"),
        (f"block contains {{{GOOD}}} if true\n", "3: block: there is no effect `block`"),
        ("allow if true\n", "3: allow: there is no effect `allow`"),
        ("deny if true\n", "3: deny: `deny` must be a set of objects"),
        ('deny contains {"reason": "No."} if true\n', "3: deny: `deny` needs `rule`"),
        ('deny contains {"rule": "a.b"} if true\n', "3: a.b: `deny` needs `reason`"),
        (f'deny contains {{{GOOD}, "control": []}} if true\n', "3: a.b: unknown field `control`; did you mean `controls`?"),
        ('deny contains {"rule": "A", "reason": "No."} if true\n', "3: A: `rule` must look like"),
        ('deny contains {"rule": concat("", ["a.b"]), "reason": "No."} if true\n', "`rule` must be a plain string"),
        ('deny contains {"rule": "policy.fault", "reason": "No."} if true\n', "belongs to the gateway"),
        (f'redact contains {{{GOOD}, "findings": []}} if true\n', "3: a.b: `redact` needs `with`"),
        (f'redact contains {{{GOOD}, "with": "mask"}} if true\n', "3: a.b: `redact` needs `findings`"),
        (f'redact contains {{{GOOD}, "with": "blur", "findings": []}} if true\n', "`with` must be one of format, hash, mask, placeholder"),
        (f'redact contains {{{GOOD}, "with": "placeholders", "findings": []}} if true\n', "did you mean `placeholder`?"),
        (f"replace contains {{{GOOD}}} if true\n", "3: a.b: `replace` needs `text`"),
        (f"strip_tool contains {{{GOOD}}} if true\n", "3: a.b: `strip_tool` needs `tool`"),
        (f"route contains {{{GOOD}}} if true\n", "3: a.b: `route` needs `upstream`"),
        (f'deny contains {{{GOOD}, "fail": "ajar"}} if true\n', '3: a.b: `fail` must be "closed" or "open"'),
        (f'deny contains {{{GOOD}, "findings": "f0"}} if true\n', "3: a.b: `findings` must be an array, not string"),
        (f'deny contains {{{GOOD}, "findings": x}} if x := {{"a": 1}}\n', "`findings` must be an array, not object"),
        (f'deny contains {{{GOOD}}} if input.exchange.modle == ""\n', "3: deny: `input.exchange` has no field `modle`; did you mean `model`?"),
        (f"deny contains {{{GOOD}}} if input.finding\n", "`input` has no field `finding`; did you mean `findings`?"),
        (f'deny contains {{{GOOD}}} if {{\n\tsome f in input.findings\n\tf.lable == "x"\n}}\n', "5: deny: `input.findings[_]` has no field `lable`"),
        (f'deny contains {{{GOOD}}} if {{\n\tc := input.caller\n\tc.tenent == "x"\n}}\n', "5: deny: `input.caller` has no field `tenent`"),
        (f"deny contains {{{GOOD}}} if input.findings.label\n", "`input.findings` is an array"),
        (f"deny contains {{{GOOD}}} if input.exchange.model.name\n", "`input.exchange.model` is a string"),
        (f"deny contains {{{GOOD}}} if input.response.status\n", "has no field `response`"),
        (f"deny contains {{{GOOD}}} if data.settings.limit.tokens\n", "`data.settings.limit` is not defined; did you mean `limits`?"),
        (f"deny contains {{{GOOD}}} if data.lictor.trsut.x\n", "`data.lictor.trsut` is not defined"),
        (f"deny contains {{{GOOD}}} if strats_with(input.exchange.model)\n", "there is no function `strats_with`"),
        (f"deny contains {{{GOOD}}} if time.now_ns() > 0\n", "use `input.time.unix_ms`"),
        (f'deny contains {{{GOOD}}} if http.send({{"url": "x", "method": "get"}})\n', "cannot be repeated"),
        (f"deny contains {{{GOOD}}} if missing == 1\n", "3: deny: use of undefined variable `missing`"),
        (f"f(x) := f(x)\ndeny contains {{{GOOD}}} if f(1)\n", "3: f: the rule depends on itself"),
        (f'flag contains {{{GOOD}, "answer": "Ask HR."}} if true\n', "3: a.b: unknown field `answer`"),
        (f'deny contains {{{GOOD}, "answer": ""}} if true\n', "3: a.b: `answer` must be a text"),
        (f'deny contains {{{GOOD}, "answer": ["x"]}} if true\n', "3: a.b: `answer` must be a string, not array"),
        (f'flag contains {{{GOOD}, "headers": ["x-a"]}} if true\n', "3: a.b: `headers` must be an object, not array"),
        (f'flag contains {{{GOOD}, "headers": {{"set-cookie": "a"}}}} if true\n', "3: a.b: the name of a header must begin with `x-`"),
        (f'flag contains {{{GOOD}, "headers": {{"X-Team": "a"}}}} if true\n', "must begin with `x-`"),
        (f'flag contains {{{GOOD}, "headers": {{"x-lictor-decision": "allow"}}}} if true\n', "the header `x-lictor-decision` is not a rule's to set"),
        (f'flag contains {{{GOOD}, "headers": {{"x-should-retry": "true"}}}} if true\n', "is not a rule's to set"),
        (f'flag contains {{{GOOD}, "headers": {{"x-a": "b\\r\\nc: d"}}}} if true\n', "3: a.b: the value of `x-a` must be printable ASCII"),
        (f'flag contains {{{GOOD}, "headers": {{"x-a": 1}}}} if true\n', "the value of `x-a` must be printable ASCII"),
        ("helper := 1\n", "1: bundle: no rule of lictor.request"),
    ],
)  # fmt: skip
def test_complaints(make_bundle: Make, source: str, complaint: str) -> None:
    said = _said(make_bundle, REQUEST + source)
    assert any(complaint in line for line in said), said


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('stream := "bufer"\n', "3: stream: `stream` must be one of"),
        ('default fail := "ajar"\n', "3: fail: `fail` must be one of"),
        ('annotate := "google"\n', "3: annotate: `annotate` must be one of azure, both, lictor, none"),
        ("deadline_ms := 0\n", "3: deadline_ms: `deadline_ms` must be a whole number"),
        ('record_content := "yes"\n', "3: record_content: `record_content` must be true or false"),
        ('detectors := ["a"]\n', "3: detectors: `detectors` must be a set"),
        ('detector contains "a"\n', "3: detector: the plan has no `detector`; did you mean `detectors`?"),
        ('detectors contains "a" if input.findings\n', "`input` has no field `findings`"),
        ('detectors contains "a" if data.lictor.help.x\n', "help.rego:3: x: `input.exchange` has no field `body_bytes`"),
    ],
)  # fmt: skip
def test_complaints_about_the_plan(make_bundle: Make, source: str, complaint: str) -> None:
    said = _said(
        make_bundle,
        f"package lictor.plan\n\n{source}",
        b=f"{REQUEST}deny contains {{{GOOD}}} if input.exchange.stream\n",
        help="package lictor.help\n\nx if input.exchange.body_bytes\n",
    )
    assert any(complaint in line for line in said), said


def test_every_syntax_error_is_reported(make_bundle: Make) -> None:
    said = _said(make_bundle, "package lictor.request\n\nx :=\n", b="package lictor.request\n\ny := {\n")
    assert [line.split(":")[0] for line in said] == ["a.rego", "b.rego"]


def test_tests_are_parsed_too(make_bundle: Make) -> None:
    good = f"{REQUEST}deny contains {{{GOOD}}} if input.exchange.stream\n"
    assert (
        "c_test.rego:4: test_x"
        in _said(make_bundle, good, c_test="package lictor.c_test\n\ntest_x if {\n")[0]
    )


def test_tests_stay_among_themselves(make_bundle: Make) -> None:
    good = f"{REQUEST}deny contains {{{GOOD}}} if input.exchange.stream\n"
    assert "end in `_test`" in _said(make_bundle, good, c_test="package lictor.request\n")[0]


def test_foreign_package(make_bundle: Make) -> None:
    assert _said(make_bundle, "package other\n") == [
        "a.rego:1: package: packages of a bundle start with `lictor`"
    ]


def test_one_id_one_file(make_bundle: Make) -> None:
    rule = f"{REQUEST}deny contains {{{GOOD}}} if input.exchange.stream\n"
    assert _said(make_bundle, rule, b=rule) == ["b.rego:3: a.b: the id is already used in a.rego"]


def test_every_complaint_has_a_place(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": REQUEST + f"deny contains {{{GOOD}}} if data.x.y + input.z\n"})
    for complaint in check(root):
        assert complaint.file
        assert complaint.line > 0
        assert complaint.rule
        assert "\n" not in str(complaint)


def test_missing_folder(tmp_path: Path) -> None:
    (complaint,) = check(tmp_path / "nowhere")
    assert complaint.message == "this is neither a folder nor an archive"
