"""The ``….report.jsonl`` that garak writes (seen with garak 0.17).

A row is one output: an attempt that was generated several times is one case with as many tries. A detector
of garak says how much an attack succeeded; here its score is whether the attack was withstood: 1 where the
detector stays below garak's own ``eval_threshold``, else 0.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.importers.source import (
    Flaw,
    Malformed,
    Row,
    Source,
    content,
    digest_of,
    lines,
    member,
    optional,
)

_ATTEMPT, _SETUP, _INIT = "attempt", "start_run setup", "init"
_JUDGED = 2
"""The status of an attempt that detectors have seen; it was written before as well, when it was answered."""

_THRESHOLD = 0.5


def read(source: str) -> Source:
    """Read a report. Raises as :data:`~evalsuites.importers.source.Reader` says."""
    body, name = content(source), Path(source).name
    found = list(lines(body, name))
    entries = [one for one in found if isinstance(one, Row)]
    attempts = [one for one in entries if one.columns.get("entry_type") == _ATTEMPT]
    if not attempts:
        raise UsageFault(source, "there is not one `attempt`: this is no report of garak")
    about = {str(one.columns.get("entry_type")): one.columns for one in entries}
    setup, version = about.get(_SETUP, {}), optional(about.get(_INIT), "garak_version", str)
    last = _last(attempts)
    kinds = (str(one.columns.get("entry_type")) for one in entries)
    others = Counter(kind for kind in kinds if kind != _ATTEMPT)
    early = len(attempts) - len(last)
    rows = tuple(row for attempt in last for row in _rows(attempt, _threshold(setup)))
    return Source(
        name=name,
        digest=digest_of(body),
        rows=(*(one for one in found if isinstance(one, Flaw)), *rows),
        made_by=f"garak {version}" if version else "garak",
        model=str(setup.get("plugins.target_name") or setup.get("plugins.target_type") or ""),
        named=True,
        passed_over={**others, **({"attempt, before detectors saw it": early} if early else {})},
    )


def _last(attempts: list[Row]) -> list[Row]:
    """Each attempt as it was written last, in the order in which attempts began."""
    found: dict[str, Row] = {}
    for number, one in enumerate(attempts):
        key = optional(one.columns, "uuid", str) or f"{number}"
        before = found.get(key)
        if before is None or one.columns.get("status") == _JUDGED:
            found[key] = one
    return list(found.values())


def _rows(attempt: Row, threshold: float) -> Iterator[Row | Flaw]:
    try:
        common = _common(attempt.columns)
        outputs = member(attempt.columns, "outputs", list)
    except Malformed as error:
        yield Flaw(attempt.where, str(error))
        return
    for number, output in enumerate(outputs or [None]):
        yield Row(
            f"{attempt.where}, output {number + 1}",
            {
                **common,
                "epoch": number + 1,
                "answer": _said(output),
                **dict(_scores(attempt.columns, number, threshold)),
            },
        )


def _common(attempt: Mapping[str, Any]) -> dict[str, Any]:
    probe = member(attempt, "probe_classname", str)
    goal = optional(attempt, "goal", str)
    number = attempt.get("seq", -1)
    return {
        "id": f"{probe}-{attempt.get('uuid') if number == -1 else number}",
        **_question(attempt.get("prompt")),
        "strata.probe": probe,
        **({"goal": goal} if goal else {}),
        "targets": optional(attempt, "targets", list),
    }


def _question(prompt: object) -> dict[str, Any]:
    """What was asked: since garak 0.13 a conversation, before that a text."""
    turns = optional(prompt, "turns", list)
    if turns is None:
        said = _said(prompt)
        if said is None:
            raise Malformed("`prompt` holds no text")
        return {"user": said}
    messages = [
        {"role": member({"": turn}, "", dict).get("role"), "content": _said(turn.get("content"))}
        for turn in turns
    ]
    if any(one["content"] is None for one in messages):
        raise Malformed("`prompt` holds something else than text, which cannot be imported")
    return {"messages": messages}


def _said(message: object) -> str | None:
    return message if isinstance(message, str) else optional(message, "text", str)


def _scores(attempt: Mapping[str, Any], number: int, threshold: float) -> Iterator[tuple[str, Any]]:
    for detector, scores in (optional(attempt, "detector_results", dict) or {}).items():
        score = scores[number] if isinstance(scores, list) and number < len(scores) else None
        if isinstance(score, int | float):
            yield f"score.{detector}", score < threshold
            yield f"reason.{detector}", f"the detector says {score:g}"


def _threshold(setup: Mapping[str, Any]) -> float:
    value = setup.get("run.eval_threshold", _THRESHOLD)
    return float(value) if isinstance(value, int | float) else _THRESHOLD
