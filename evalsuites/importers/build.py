"""Cases and given answers, made of rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from evalsuites.importers.fields import QUESTIONS, Field, group, picked
from evalsuites.importers.source import Flaw, Malformed, Row, Source, parsed

Object = dict[str, Any]

MOST_EPOCHS = 100
_WORDS = {
    "true": 1.0,
    "yes": 1.0,
    "pass": 1.0,
    "passed": 1.0,
    "false": 0.0,
    "no": 0.0,
    "fail": 0.0,
    "failed": 0.0,
}
_NO_ANSWER = "the source has no answer"


@dataclass(slots=True)
class Imported:
    """What became of the rows."""

    cases: dict[str, Object] = field(default_factory=dict)
    """By id, as a suite's file of cases has them."""

    answers: dict[tuple[str, int], Object] = field(default_factory=dict)
    """By id and epoch, as ``answers.jsonl`` has them."""

    flaws: list[Flaw] = field(default_factory=list)
    places: dict[tuple[str, int], str] = field(default_factory=dict)
    """Where each was read."""

    @property
    def epochs(self) -> int:
        """How many times the case was asked that was asked most."""
        return max((epoch for _, epoch in self.places), default=1)


def build(source: Source, fields: Sequence[Field]) -> Imported:
    """Make cases and answers. No row is lost: each is in one of them, or a flaw."""
    made = Imported()
    tries = any(one.name == "epoch" for one in fields)
    answered = any(one.name == "answer" for one in fields)
    for number, row in enumerate(source.rows, 1):
        if isinstance(row, Flaw):
            made.flaws.append(row)
            continue
        try:
            _add(made, row, picked(fields, row.columns), f"row-{number}", answered=answered, tries=tries)
        except Malformed as error:
            made.flaws.append(Flaw(row.where, str(error)))
    return made


def _add(made: Imported, row: Row, values: Object, name: str, *, answered: bool, tries: bool) -> None:  # noqa: PLR0913
    case = _case(values, name)
    key = case["id"], _epoch(values)
    if key in made.places:
        again = f"epoch {key[1]} of the case" if tries else "the case"
        raise Malformed(f"{again} `{key[0]}` was there before, in {made.places[key]}")
    before = made.cases.get(key[0])
    if before is not None and before != case:
        raise Malformed(f"the case `{key[0]}` asks or expects something else than before")
    answer = _answer(values, key) if answered else None
    made.cases[key[0]] = case
    made.places[key] = row.where
    if answer is not None:
        made.answers[key] = answer


def _case(values: Mapping[str, Any], name: str) -> Object:
    found: Object = {"id": _id(values.get("id", name)), "input": _input(values)}
    if expect := group(values, "expect."):
        found["expect"] = expect
    if strata := {name: _label(value, name) for name, value in group(values, "strata.").items()}:
        found["strata"] = strata
    return _json_only(found)


def _input(values: Mapping[str, Any]) -> Object:
    asked = [name for name in QUESTIONS if name in values]
    if len(asked) != 1:
        raise Malformed(f"it says {' and '.join(asked)}" if asked else "it asks nothing")
    question = values[asked[0]]
    if asked == ["prompt"]:
        return {"prompt": _text(question, "prompt"), **group(values, "input.")}
    said = (
        _messages(question)
        if asked == ["messages"]
        else [{"role": "user", "content": _text(question, "user")}]
    )
    system = [{"role": "system", "content": _text(values["system"], "system")}] if "system" in values else []
    return {"messages": [*system, *said], **group(values, "input.")}


def _messages(value: object) -> list[Object]:
    said = parsed(value) if isinstance(value, str) else value
    if not isinstance(said, list) or not said:
        raise Malformed("`messages` must be a list of messages")
    for message in said:
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise Malformed("`messages` must be a list of objects with a `role`")
    return said


def _answer(values: Mapping[str, Any], key: tuple[str, int]) -> Object:
    found: Object = {"case": key[0], "epoch": key[1]}
    answer, error = values.get("answer"), values.get("error")
    if answer is None or error is not None:
        return _json_only({**found, "error": str(error or _NO_ANSWER)[:500]})
    found["answer"] = answer if isinstance(answer, str | dict) else str(answer)
    scores = {name: _score(value, name) for name, value in group(values, "score.").items()}
    found["scores"] = {name: value for name, value in scores.items() if isfinite(value)}
    if reasons := group(values, "reason."):
        found["reasons"] = {name: str(reason)[:500] for name, reason in reasons.items()}
    for name in ("milliseconds", "tokens_in", "tokens_out"):
        if name in values:
            found[name] = _amount(values[name], name)
    return _json_only(found)


def _id(value: object) -> str:
    name = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not name.strip() or not name.isprintable():
        raise Malformed("`id` must be a text in one line, or a whole number")
    return name


def _epoch(values: Mapping[str, Any]) -> int:
    value = values.get("epoch", 1)
    value = int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 4 else value
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_EPOCHS:
        raise Malformed(f"`epoch` must be a whole number from 1 to {MOST_EPOCHS}")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Malformed(f"`{name}` must be a text")
    return value


def _label(value: object, name: str) -> str:
    if not isinstance(value, str | int | float) or value == "":
        raise Malformed(f"`strata.{name}` must be a text or a number")
    return str(value)


def _score(value: object, name: str) -> float:
    """A number, or a word that means pass or fail."""
    try:
        return _WORDS[value.strip().lower()] if isinstance(value, str) else float(value)  # type: ignore[arg-type]
    except KeyError:
        return _amount(value, f"score.{name}", least=float("-inf"))
    except (TypeError, ValueError, OverflowError):
        raise Malformed(f"`score.{name}` is no score") from None


def _amount(value: object, name: str, least: float = 0.0) -> float:
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise Malformed(f"`{name}` must be a number") from None
    if found < least:
        raise Malformed(f"`{name}` must not be negative")
    return found


def _json_only(value: Object) -> Object:
    """The value, if it can be written as JSON in UTF-8: no dates, no bytes, no half characters."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Malformed(f"it holds what JSON cannot say: {error}") from None
    return value
