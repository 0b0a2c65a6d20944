"""Labels: what people say of answers, against which judges are held."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.judging.asking import Subject
from evalsuites.harness.judging.profile import Profile
from evalsuites.harness.reading import check_keys, choice, mapping, read_json_lines, text
from evalsuites.harness.suite import canonical

Label = Literal["pass", "fail"]
_OWN = {"id", "label", "strata", "by"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """One answer, and what people say of it."""

    subject: Subject
    label: Label
    strata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Labels:
    """A file of labels."""

    rows: Sequence[Labelled]
    digest: str
    """``sha256:`` over the canonical JSON of all rows in order."""


def load_labels(file: Path, profile: Profile) -> Labels:
    """Read labels for a judge: objects with ``id``, ``label`` and a text for each place of its template.

    Raises:
        UsageFault: something about them is wrong; says what, and in which line.
    """
    seen: dict[str, str] = {}
    rows, raws = [], []
    for where, raw in read_json_lines(file):
        row = _labelled(raw, profile.template.names, where)
        if row.subject.id in seen:
            raise UsageFault(where, f"`{row.subject.id}` was there before, in {seen[row.subject.id]}")
        seen[row.subject.id] = where
        rows.append(row)
        raws.append(raw)
    for label in ("pass", "fail"):
        if label not in {row.label for row in rows}:
            raise UsageFault(str(file), f"there is not one `{label}`: nothing could be said of such answers")
    return Labels(tuple(rows), f"sha256:{hashlib.sha256(canonical(raws)).hexdigest()}")


def _labelled(raw: Mapping[str, Any], names: frozenset[str], where: str) -> Labelled:
    check_keys(raw, _OWN | names, {"id", "label"} | names, where)
    strata = mapping(raw.get("strata", {}), f"{where}: strata")
    text(raw.get("by", "-"), f"{where}: by")
    return Labelled(
        Subject(
            text(raw["id"], f"{where}: id"), {name: text(raw[name], f"{where}: {name}") for name in names}
        ),
        cast("Label", choice(raw["label"], ("pass", "fail"), f"{where}: label")),
        {name: text(value, f"{where}: strata.{name}") for name, value in strata.items()},
    )
