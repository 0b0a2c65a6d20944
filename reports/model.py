"""The report: one model, many renderings.

Values only, frozen, made of strings, integers and tuples, so that the same inputs give the same bytes. A
claim says how far recorded evidence goes, never that somebody complies: that is a judgement, and not ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar

from reports.text import shown

SCHEMA = "lictor.report/1"

Status = Literal["supports", "partial", "not_covered", "operator_must_supply"]
STATUSES: tuple[Status, ...] = ("supports", "partial", "not_covered", "operator_must_supply")

Cell = str | int
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ref:
    """One record of the log. With the log's files it resolves to a ``.tlog-proof``."""

    index: int
    leaf: str
    """Leaf hash in hex: ``SHA-256(0x00 ‖ entry)``."""


@dataclass(frozen=True, slots=True)
class Support:
    """The records behind a statement: how many, and some of them."""

    count: int = 0
    refs: tuple[Ref, ...] = ()
    """The first few, and the last."""

    digest: str = ""
    """SHA-256 in hex over one line ``<index> <leaf>`` for each of all of them, in log order."""


NONE = Support()


@dataclass(frozen=True, slots=True)
class Claim:
    """What recorded evidence says about one clause or statement."""

    id: str
    text: str
    status: Status
    why: str = ""
    """What the status rests on, or what is missing."""

    control: str = ""
    """Clause as ``framework:edition:id``, where the claim is about one."""

    support: Support = NONE

    def __post_init__(self) -> None:
        if self.status in {"supports", "partial"} and not self.support.count:
            raise ValueError(f"claim {self.id} rests on no record")


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is not evidenced, or that an auditor should look at."""

    kind: str
    what: str
    count: int
    why: str = ""
    support: Support = NONE


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, and the records that it was counted from."""

    cells: tuple[Cell, ...]
    support: Support = NONE


@dataclass(frozen=True, slots=True)
class Table:
    """Figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Figures to look at; a table with the same figures stands beside it in every rendering."""

    title: str
    kind: Literal["columns", "bars"]
    """``columns``: one stack for each label, side by side. ``bars``: the same, lying."""

    labels: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One heading's worth."""

    id: str
    title: str
    text: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """Something that the report was made from."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying the log said, before anything was read from it."""

    state: Literal["verified", "failed"]
    origin: str
    size: int
    root: str
    key: str
    key_supplied: bool
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    pending: int = 0
    pruned: int = 0
    """Entries below this index were removed at the end of their time; their hashes were verified."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the report is about and what it was made from."""

    kind: str
    title: str
    verification: Verification
    period_from: str
    period_to: str
    first_index: int
    end_index: int
    """Entries from the first index up to, not including, the end were looked at."""

    dated: str
    """From SOURCE_DATE_EPOCH or else the newest signed record; never the clock of whoever renders."""

    generator: str
    inputs: tuple[Input, ...]
    verify: str
    """A command that checks the log again."""

    reproduce: str
    """A command that makes this report again, byte for byte."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that renderings show."""

    headline: str
    """What a reader must know first: whether the log was verified."""

    header: Header
    sections: tuple[Section, ...]
    gaps: tuple[Gap, ...]
    schema: str = field(default=SCHEMA)

    @property
    def verified(self) -> bool:
        """Whether the log was what its key's holder signed."""
        return self.header.verification.state == "verified"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims, in the order of the sections."""
        return tuple(claim for section in self.sections for claim in section.claims)

    @property
    def refs(self) -> tuple[Ref, ...]:
        """Every record that something refers to, once, in log order."""
        return tuple(sorted(set(_refs(self)), key=lambda ref: ref.index))


def plain(value: Any) -> Any:  # noqa: ANN401
    """A value of this module as objects, lists, strings and numbers of JSON."""
    if is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def sealed(value: T) -> T:
    """The same value with every text fit to be shown: no hidden characters, none too long."""
    cleaned: Any = value
    if isinstance(value, str):
        cleaned = shown(value)
    elif isinstance(value, tuple):
        cleaned = tuple(sealed(item) for item in value)
    elif is_dataclass(value) and not isinstance(value, type):
        parts = {item.name: sealed(getattr(value, item.name)) for item in fields(value)}
        cleaned = replace(value, **parts)
    return cleaned  # type: ignore[no-any-return]


def _refs(value: object) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _refs(item)
    elif is_dataclass(value):
        for part in fields(value):
            yield from _refs(getattr(value, part.name))
