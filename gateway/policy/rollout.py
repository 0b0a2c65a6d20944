"""The rollout: which revision decides, which one is tried, and how far. A pure value and its legal steps.

    submit -> shadow -> canary, more and more -> promote

A rollback is possible from everywhere: it drops a candidate, or takes back the last promotion.

Every step gives a new value with the next version; an illegal one raises :class:`IllegalStep`. Who keeps the
value (:mod:`~gateway.policy.store`) and who follows it (:mod:`~gateway.policy.releases`) are elsewhere.
"""

import hashlib
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, cast, get_args

from gateway.core.errors import ConfigError
from gateway.policy.budgets import Budgets

Stage = Literal["none", "shadow", "canary"]
FORMAT = 1


class IllegalStep(ConfigError):
    """A step that the rollout does not allow from where it stands."""


@dataclass(frozen=True, slots=True)
class By:
    """Who takes a step, why, and when (milliseconds since the Unix epoch)."""

    approver: str
    reason: str = ""
    at_ms: int = 0

    @property
    def person(self) -> str:
        """The approver as compared: two spellings of a name are one person."""
        return " ".join(self.approver.split()).casefold()


@dataclass(frozen=True, slots=True)
class Rollout:
    """One state of the rollout."""

    version: int
    """Grows by one with each step."""

    enforced: str
    """The revision that decides."""

    previous: str = ""
    """The revision that decided before it, which a rollback brings back."""

    candidate: str = ""
    """The revision that is tried; empty where there is none."""

    stage: Stage = "none"
    sample: float = 0.0
    """Share of exchanges that the candidate sees in shadow, 0 to 1."""

    percent: float = 0.0
    """Share of tenants for whom the candidate decides, 0 to 100."""

    budgets: Budgets = field(default_factory=Budgets)
    approvals: tuple[str, ...] = ()
    """Who approved the promotion of the candidate so far, where it needs more than one."""

    approver: str = ""
    """Who took the last step."""

    reason: str = ""
    since: int = 0
    """When it was taken, milliseconds since the Unix epoch."""

    def decides_for(self, tenant: str) -> str:
        """The revision that decides for a tenant."""
        return self.candidate if self.stage == "canary" and self.in_canary(tenant) else self.enforced

    def in_canary(self, tenant: str) -> bool:
        """Whether the canary's share holds this tenant: once in, it stays in while the share grows."""
        return place(self.candidate, tenant) < self.percent


def place(candidate: str, tenant: str) -> float:
    """Where a tenant stands between 0 and 100: fixed for a candidate, another for the next one.

    The first eight bytes of SHA-256 over ``candidate LF tenant``, as a fraction of 2^64, times 100.
    """
    digest = hashlib.sha256(f"{candidate}\n{tenant}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") * 100 / 2**64


# -- steps -----------------------------------------------------------------------------------------


def begin(revision: str, by: By) -> Rollout:
    """The first state: one revision decides."""
    return Rollout(1, revision, approver=by.approver, reason=by.reason, since=by.at_ms)


def submit(now: Rollout, revision: str, by: By) -> Rollout:
    """Name the candidate. Nothing else changes for anybody."""
    if revision == now.enforced:
        raise IllegalStep(f"{revision} is in force already")
    if now.stage != "none":
        raise IllegalStep(f"{now.candidate} is in {now.stage}: roll it back or promote it first")
    return _next(now, by, candidate=revision, approvals=())


def shadow(now: Rollout, revision: str, sample: float, budgets: Budgets, by: By) -> Rollout:
    """Let the candidate see a share of the exchanges, and decide nothing."""
    if not 0 < sample <= 1:
        raise IllegalStep("a sample is above 0 and at most 1")
    if now.stage == "canary":
        raise IllegalStep(f"{now.candidate} is in canary: roll it back first")
    _must_be_candidate(now, revision)
    return _next(now, by, stage="shadow", sample=sample, budgets=budgets)


def canary(now: Rollout, revision: str, percent: float, budgets: Budgets | None, by: By) -> Rollout:
    """Let the candidate decide for a share of the tenants, which can only grow."""
    if not 0 < percent <= 100:
        raise IllegalStep("a percentage is above 0 and at most 100")
    _must_be_candidate(now, revision)
    if now.stage == "none":
        raise IllegalStep(f"{revision} has not been in shadow")
    if percent < now.percent:
        raise IllegalStep(f"the canary is at {now.percent:g} %: it can grow, or be rolled back")
    return _next(now, by, stage="canary", percent=percent, sample=0.0, budgets=budgets or now.budgets)


def promote(now: Rollout, revision: str, needed: int, by: By) -> Rollout:
    """Let the candidate decide for everybody, once ``needed`` different people have approved."""
    _must_be_candidate(now, revision)
    if now.stage == "none":
        raise IllegalStep(f"{revision} has been neither in shadow nor in canary")
    if by.person in now.approvals:
        raise IllegalStep(f"{by.approver} has approved already: somebody else must, too")
    approvals = (*now.approvals, by.person)
    if len(approvals) < needed:
        return _next(now, by, approvals=approvals)
    return _settled(now, by, enforced=revision, previous=now.enforced)


def rollback(now: Rollout, by: By) -> Rollout:
    """Drop the candidate; where none is tried, bring the revision before the last promotion back."""
    if now.candidate:
        return _settled(now, by)
    if not now.previous:
        raise IllegalStep("there is nothing to roll back to")
    return _settled(now, by, enforced=now.previous, previous="")


def _must_be_candidate(now: Rollout, revision: str) -> None:
    if revision != now.candidate:
        known = f"the candidate is {now.candidate}" if now.candidate else "there is no candidate"
        raise IllegalStep(f"{revision} was not submitted: {known}")


def _settled(now: Rollout, by: By, **changed: Any) -> Rollout:  # noqa: ANN401
    fresh: dict[str, Any] = {"candidate": "", "stage": "none", "sample": 0.0, "percent": 0.0, "approvals": ()}
    return _next(now, by, **fresh, budgets=Budgets(), **changed)


def _next(now: Rollout, by: By, **changed: Any) -> Rollout:  # noqa: ANN401
    said: dict[str, Any] = {"approver": by.approver, "reason": by.reason, "since": by.at_ms}
    return replace(now, version=now.version + 1, **said, **changed)


# -- as JSON ---------------------------------------------------------------------------------------


def document(rollout: Rollout) -> dict[str, Any]:
    """As JSON has it."""
    return {"format": FORMAT, **asdict(rollout)}


def from_document(raw: object) -> Rollout:
    """Read :func:`document` strictly.

    Raises:
        ValueError: it is something else, or of a format that this release does not know.
    """
    if not isinstance(raw, dict):
        raise ValueError("not an object")  # noqa: TRY004
    if raw.get("format") != FORMAT:
        raise ValueError(f"format {raw.get('format')!r}: this release knows {FORMAT}")
    known = {each.name for each in fields(Rollout)}
    if raw.keys() != known | {"format"}:
        raise ValueError(f"keys missing or unknown: {', '.join(sorted(raw.keys() ^ known ^ {'format'}))}")
    values = {name: raw[name] for name in known}
    values["budgets"] = _budgets(raw["budgets"])
    values["approvals"] = tuple(_texts(raw["approvals"]))
    return _checked(Rollout(**values))


def _budgets(raw: object) -> Budgets:
    if not isinstance(raw, dict) or raw.keys() != {each.name for each in fields(Budgets)}:
        raise ValueError("budgets: keys missing or unknown")
    if not all(_number(value) for value in raw.values()):
        raise ValueError("budgets: not a number")
    return Budgets(**raw)


def _texts(raw: object) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        raise ValueError("approvals: not a list of names")
    return cast("list[str]", raw)


def _checked(rollout: Rollout) -> Rollout:
    texts = ("enforced", "previous", "candidate", "approver", "reason")
    if not all(isinstance(getattr(rollout, name), str) for name in texts):
        raise ValueError("a text is something else")
    if rollout.stage not in get_args(Stage):
        raise ValueError(f"stage {rollout.stage!r}")
    if not all(_number(getattr(rollout, name)) for name in ("version", "sample", "percent", "since")):
        raise ValueError("a number is something else")
    if not rollout.enforced or bool(rollout.candidate) < (rollout.stage != "none"):
        raise ValueError("it names no revision")
    return rollout


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
