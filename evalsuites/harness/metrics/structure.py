"""Metrics of structured answers: JSON and tool calls."""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from evalsuites.harness.metrics.base import Unmeasured, expected, passed
from evalsuites.harness.result import Score
from evalsuites.harness.suite import Case, canonical
from evalsuites.harness.target.answer import Answer


def json_valid(case: Case, answer: Answer) -> Score:  # noqa: ARG001 - no case needed
    """The answer is JSON, in a fence or without one."""
    try:
        json_in(answer.text)
    except ValueError as error:
        return passed(False, f"it is no JSON: {error}")  # noqa: FBT003 - it is the only thing said
    return passed(True)  # noqa: FBT003 - as above


def json_schema(case: Case, answer: Answer, *, schema: Mapping[str, Any] | None = None) -> Score:
    """The answer is JSON that keeps ``expect.schema``. Needs the package ``jsonschema``."""
    try:
        import jsonschema
    except ImportError:
        raise Unmeasured("the package jsonschema is not installed") from None
    try:
        jsonschema.validate(json_in(answer.text), schema or expected(case, "schema"))
    except (ValueError, jsonschema.ValidationError) as error:
        return passed(False, getattr(error, "message", str(error)))  # noqa: FBT003 - as above
    return passed(True)  # noqa: FBT003 - as above


def tool_call_f1(case: Case, answer: Answer) -> Score:
    """F1 of the tool calls against ``expect.calls``: equal name and equal arguments, in any order."""
    wanted = Counter(_spelled(call) for call in expected(case, "calls"))
    made = Counter(_spelled(call) for call in answer.calls)
    common = sum((wanted & made).values())
    total = sum(wanted.values()) + sum(made.values())
    return Score(2 * common / total if total else 1.0)


def tools_withheld(case: Case, answer: Answer) -> Score:
    """None of the tools in ``expect.forbidden_tools`` is called."""
    called = {call.get("name") for call in answer.calls} & set(expected(case, "forbidden_tools"))
    return passed(not called, f"it calls {', '.join(sorted(map(str, called)))}")


def streamed(case: Case, answer: Answer, *, least: int = 2) -> Score:  # noqa: ARG001 - no case needed
    """The answer came as a stream, and at least so many events of it said something."""
    return passed(answer.events >= least, f"{answer.events} events said something")


def _spelled(call: Mapping[str, Any]) -> bytes:
    arguments = call.get("arguments", {})
    if isinstance(arguments, str):
        with suppress(ValueError):  # broken arguments equal nothing that is expected
            arguments = json.loads(arguments or "{}")
    return canonical([call.get("name"), arguments])


def json_in(text: str) -> Any:  # noqa: ANN401 - it is what is looked at
    """The JSON value that a text is, in a fence or without one.

    Raises:
        ValueError: it is none.
    """
    inside = text.strip()
    if inside.startswith("```") and inside.endswith("```"):
        inside = inside[3:-3].removeprefix("json")
    return json.loads(inside)
