"""Logs of Inspect AI, ``.eval`` and ``.json`` (log version 2, seen with inspect-ai 0.3.285).

A row is one sample in one epoch. Scores are read as Inspect's own ``value_to_float`` reads them: ``C``,
``P``, ``I`` and ``N`` are 1, 0.5, 0 and 0. A score with several values becomes one for each.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.importers.archive import MAGIC, Archive
from evalsuites.importers.source import (
    Flaw,
    Malformed,
    Row,
    Source,
    content,
    digest_of,
    document,
    entries,
    member,
    optional,
    parsed,
)

_GRADES = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_ATTACHMENT = "attachment://"


def read(source: str) -> Source:
    """Read a log. Raises as :data:`~evalsuites.importers.source.Reader` says."""
    name = Path(source).name
    body = content(source)
    if body.startswith(MAGIC):
        header, rows = _archive(source, body, name)
    else:
        _, header = document(source)
        samples = optional(header, "samples", list)
        if samples is None:
            raise UsageFault(source, "there is no `samples`: this is no log of Inspect")
        rows = list(entries(samples, lambda at: f"{name}: samples[{at}]", _columns))
    about = optional(header, "eval", dict) or {}
    version = optional(about.get("packages"), "inspect_ai", str)
    return Source(
        name=name,
        digest=digest_of(body),
        rows=tuple(rows),
        made_by=f"inspect-ai {version}" if version else "inspect-ai",
        model=optional(about, "model", str) or "",
        named=True,
    )


def _archive(source: str, body: bytes, name: str) -> tuple[Mapping[str, Any], list[Row | Flaw]]:
    """The header and the samples of a ``.eval``, which is a ZIP archive."""
    try:
        archive = Archive(body)
        header = member({"": parsed(archive.read("header.json"))}, "", dict)
    except (KeyError, Malformed, zipfile.BadZipFile) as error:
        raise UsageFault(source, f"this is no finished log of Inspect: {error}") from None
    found = [one for one in archive.names() if one.startswith("samples/")]
    if not found:
        raise UsageFault(source, "there is not one sample in this log")
    rows = entries(
        found, lambda at: f"{name}: {found[at]}", lambda entry: _columns(parsed(archive.read(entry)))
    )
    return header, list(rows)


def _columns(entry: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    sample = member({"": entry}, "", dict)
    kept = optional(sample, "attachments", dict) or {}
    said = sample.get("input")
    output = optional(sample, "output", dict) or {}
    seconds = optional(output, "time", (int, float))
    failed = optional(sample.get("error"), "message", str)
    return {
        "id": sample.get("id"),
        "epoch": sample.get("epoch", 1),
        **({"user": _whole(said, kept)} if isinstance(said, str) else {"messages": _messages(said, kept)}),
        "answer": _answer(output, kept),
        "error": failed,
        "expect.text": sample.get("target") or None,
        "milliseconds": None if seconds is None else seconds * 1000,
        "tokens_in": optional(output.get("usage"), "input_tokens", int),
        "tokens_out": optional(output.get("usage"), "output_tokens", int),
        **{f"metadata.{key}": value for key, value in (optional(sample, "metadata", dict) or {}).items()},
        **dict(_scores(sample)),
    }


def _messages(said: object, kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not isinstance(said, list):
        raise Malformed("`input` must be a text or a list of messages")
    return [_message(one, kept) for one in said]


def _message(entry: object, kept: Mapping[str, Any]) -> dict[str, Any]:
    message = member({"": entry}, "", dict)
    found = {
        "role": member(message, "role", str),
        "content": _text(message.get("content"), kept),
        "tool_call_id": optional(message, "tool_call_id", str),
        "tool_calls": _calls(message) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _answer(output: Mapping[str, Any], kept: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """What the model said: a text, or a message where it called tools."""
    choices = optional(output, "choices", list)
    if not choices:
        return None
    message = _message(optional(choices[0], "message", dict), kept)
    return message if "tool_calls" in message else message["content"]


def _calls(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tool calls as the chat dialect says them."""
    return [
        {
            "id": str(call.get("id")),
            "type": "function",
            "function": {
                "name": str(call.get("function")),
                "arguments": json.dumps(call.get("arguments"), ensure_ascii=False),
            },
        }
        for call in optional(message, "tool_calls", list) or ()
        if isinstance(call, dict)
    ]


def _text(value: object, kept: Mapping[str, Any]) -> str:
    """The text of a message. Pictures and sounds are not left out silently: they are refused."""
    if isinstance(value, str):
        return _whole(value, kept)
    parts: Sequence[Any] = value if isinstance(value, list) else [value]
    return "".join(_part(part, kept) for part in parts)


def _part(part: object, kept: Mapping[str, Any]) -> str:
    kind = optional(part, "type", str)
    if kind == "reasoning":
        return ""
    if kind != "text":
        raise Malformed(f"a message holds {kind or 'something unknown'}, and only text can be imported")
    return _whole(member(part, "text", str), kept)  # type: ignore[arg-type]


def _whole(text: str, kept: Mapping[str, Any]) -> str:
    """Inspect keeps long texts apart, and refers to them."""
    if not text.startswith(_ATTACHMENT):
        return text
    return str(member(kept, text.removeprefix(_ATTACHMENT), str))


def _scores(sample: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for scorer, score in (optional(sample, "scores", dict) or {}).items():
        value = score.get("value") if isinstance(score, dict) else None
        reason = (optional(score, "explanation", str) or "")[:500]
        values = {f".{part}": one for part, one in value.items()} if isinstance(value, dict) else {"": value}
        for part, one in values.items():
            yield f"score.{scorer}{part}", _grade(one)
            yield f"reason.{scorer}{part}", reason


def _grade(value: object) -> object:
    return _GRADES.get(value, value) if isinstance(value, str) else value
