"""Restoring: the caller's own values go back into an answer that policy has judged without them."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.core.segment import Segment
from gateway.flow.obligations import Changes
from gateway.flow.placeholders import Found, Placeholders
from gateway.wire.splice import Edit, encoded

_OBJECT = re.compile(r'\s*\{\s*"')


@dataclass(frozen=True, slots=True)
class Restored:
    """All edits of an answer, and what was restored."""

    edits: Sequence[Edit]
    counts: Mapping[str, int]
    """How many placeholders, by label."""


def restore(
    placeholders: Placeholders,
    changes: Changes,
    segments: Iterable[Segment],
    rewritable: Callable[[str], bool],
) -> Restored:
    """The edits that policy asked for, and those that put values back where policy let the token stand.

    A token is the gateway's own: what a detector found in nothing but tokens is no reason to take them
    away. Everywhere else policy's edit wins.

    Args:
        placeholders: those of the exchange.
        changes: what policy asked for.
        segments: the answer.
        rewritable: whether the text at a pointer may be changed; signed texts keep their tokens.
    """
    if not placeholders:
        return Restored(changes.edits, {})
    kept: list[Edit] = []
    counts: Counter[str] = Counter()
    asked = _by_pointer(changes.edits)
    for segment in segments:
        found = placeholders.find(segment.text) if rewritable(segment.pointer) else []
        wanted = [
            edit
            for edit in asked.pop(segment.pointer, ())
            if edit not in changes.redactions or not _only_tokens(edit, segment.text, found)
        ]
        free = [token for token in found if not any(_overlap(edit, token) for edit in wanted)]
        kept += [*wanted, *(_edit(segment, token) for token in free)]
        counts.update(token.label for token in free)
    return Restored(kept, counts)


def inside_json(segment: Segment) -> bool:
    """Whether a text is the source of an object in JSON, cut short so that it could not be read."""
    return (
        segment.kind == "tool_arguments"
        and _OBJECT.match(segment.text) is not None
        and not _is_json(segment.text)
    )


def _edit(segment: Segment, found: Found) -> Edit:
    value = encoded(found.value) if inside_json(segment) else found.value
    return Edit(segment.pointer, found.start, found.end, value)


def _by_pointer(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    by_pointer: dict[str, list[Edit]] = {}
    for edit in edits:
        by_pointer.setdefault(edit.pointer, []).append(edit)
    return by_pointer


def _only_tokens(edit: Edit, text: str, found: Sequence[Found]) -> bool:
    """Whether an edit concerns tokens, and beside them no letter and no digit."""
    inside = [token for token in found if _overlap(edit, token)]
    rest, at = "", edit.start
    for token in inside:
        rest += text[at : max(at, token.start)]
        at = max(at, token.end)
    return bool(inside) and not any(map(str.isalnum, rest + text[at : edit.end]))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _overlap(edit: Edit, token: Found) -> bool:
    return edit.start < token.end and token.start < edit.end
