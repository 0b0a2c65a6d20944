"""Judge profiles: everything that makes a judge, as data under one digest."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.judging import fence, verdict
from evalsuites.harness.judging.template import Template, template_of
from evalsuites.harness.judging.verdict import Form, form_of
from evalsuites.harness.reading import check_keys, choice, mapping, number, read_yaml, text, whole
from evalsuites.harness.suite import CARD, canonical
from evalsuites.harness.target.answer import CHAT, COMPLETIONS

JUDGES = Path(__file__).parents[2] / "judges"
MOST_REPEATS = 25

Sort = Literal["good", "bad", "injecting"]
SORTS: tuple[Sort, ...] = ("good", "bad", "injecting")

_NEEDED = {"judge", "version", "title", "card", "request", "verdict", "canaries", "requires"}
_KNOWN = _NEEDED | {"prompt", "messages", "repeats", "agree"}
_ELSEWHERE = ("prompt", "messages", "stream")
"""What is no part of a request here."""


@dataclass(frozen=True, slots=True)
class Canary:
    """An answer of which the verdict is known; a judge that gets it wrong decides nothing."""

    id: str
    sort: Sort
    values: Mapping[str, str]

    @property
    def expected(self) -> Literal["pass", "fail"]:
        """What a judge in order says."""
        return "pass" if self.sort == "good" else "fail"


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a judge must have shown before a gate relies on it."""

    min_kappa: float
    """The lower limit of Cohen's kappa against people must reach it."""

    min_labels: int = 50
    max_age_days: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A judge."""

    name: str
    title: str
    request: Mapping[str, Any]
    """What every request has besides the template's part: endpoint, model, parameters."""

    template: Template
    form: Form
    repeats: int
    all_agree: bool
    """Whether every repeat must say the same, or more than half of them."""

    canaries: Sequence[Canary]
    requires: Requirements
    digest: str
    """``sha256:`` over whatever may change a verdict: template, model, parameters, form, repeats, and the
    versions of fence and parser. Neither canaries nor requirements are in it: they change no verdict."""

    file: Path

    @property
    def path(self) -> str:
        """The endpoint that is asked."""
        return str(self.request.get("path", CHAT))


def profile_named(name: str, root: Path, where: str) -> Profile:
    """A judge that ships, by its name, or one of the user's, by its path from ``root`` without ``.yaml``.

    Raises:
        UsageFault: there is none, or something about it is wrong.
    """
    file = (root if "/" in name else JUDGES) / f"{name}.yaml"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in JUDGES.glob("*.yaml"))) or "none"
        raise UsageFault(where, f"there is no judge `{name}`; those that ship: {known}; a path needs a `/`")
    return load_profile(file)


def load_profile(file: Path) -> Profile:
    """Read a profile.

    Raises:
        UsageFault: something about it is wrong; says what and where.
    """
    where = str(file)
    raw = mapping(read_yaml(file), where)
    check_keys(raw, _KNOWN, _NEEDED, where)
    whole(raw["version"], 1, 1, f"{where}: version")
    check_keys(mapping(raw["card"], f"{where}: card"), CARD, CARD - {"limits"}, f"{where}: card")
    if text(raw["judge"], f"{where}: judge") != file.stem:
        raise UsageFault(f"{where}: judge", f"a judge is called as its file is: `{file.stem}`")
    template = template_of(raw, where)
    profile = Profile(
        name=file.stem,
        title=text(raw["title"], f"{where}: title"),
        request=_request(raw["request"], f"{where}: request"),
        template=template,
        form=form_of(raw["verdict"], f"{where}: verdict"),
        repeats=whole(raw.get("repeats", 1), 1, MOST_REPEATS, f"{where}: repeats"),
        all_agree=choice(raw.get("agree", "all"), ("all", "most"), f"{where}: agree") == "all",
        canaries=tuple(_canaries(raw["canaries"], template.names, f"{where}: canaries")),
        requires=_requirements(raw["requires"], f"{where}: requires"),
        digest=_digest(raw),
        file=file,
    )
    if (profile.path == COMPLETIONS) != bool(template.prompt):
        raise UsageFault(where, f"`prompt` is for {COMPLETIONS}, `messages` are for every other path")
    return profile


def _digest(raw: Mapping[str, Any]) -> str:
    decisive = {name: raw.get(name) for name in ("request", "prompt", "messages", "verdict")}
    decisive |= {"repeats": raw.get("repeats", 1), "agree": raw.get("agree", "all")}
    body = canonical({**decisive, "fence": fence.VERSION, "parser": verdict.VERSION})
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _request(raw: object, where: str) -> Mapping[str, Any]:
    request = mapping(raw, where)
    text(request.get("model"), f"{where}.model")
    text(request.get("path", CHAT), f"{where}.path")
    for name in _ELSEWHERE:
        if name in request:
            raise UsageFault(where, f"`{name}` has no place here")
    if "seed" in request:
        whole(request["seed"], 0, 2**31, f"{where}.seed")
    _finite(request, where)
    return request


def _finite(value: object, where: str) -> None:
    """YAML knows numbers that JSON does not."""
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    for name, one in inner.items() if isinstance(inner, dict) else ():
        _finite(one, f"{where}.{name}")
    if isinstance(value, float):
        number(value, -1e300, 1e300, where)


def _canaries(raw: object, names: frozenset[str], where: str) -> Iterator[Canary]:
    entries = raw if isinstance(raw, list) else []
    found = [_canary(entry, names, f"{where}[{place}]") for place, entry in enumerate(entries)]
    for sort in SORTS:
        if sort not in {one.sort for one in found}:
            raise UsageFault(where, f"there must be one of each sort, and none is `{sort}`")
    if len({one.id for one in found}) != len(found):
        raise UsageFault(where, "two canaries have one id")
    yield from found


def _canary(entry: object, names: frozenset[str], where: str) -> Canary:
    raw = mapping(entry, where)
    check_keys(raw, {"id", "sort", *names}, {"id", "sort", *names}, where)
    values = {name: text(raw[name], f"{where}.{name}") for name in sorted(names)}
    sort = cast("Sort", choice(raw["sort"], SORTS, f"{where}.sort"))
    return Canary(text(raw["id"], f"{where}.id"), sort, values)


def _requirements(raw: object, where: str) -> Requirements:
    entry = mapping(raw, where)
    check_keys(entry, {"min_kappa", "min_labels", "max_age_days"}, {"min_kappa"}, where)
    age = entry.get("max_age_days")
    return Requirements(
        min_kappa=number(entry["min_kappa"], 0, 1, f"{where}.min_kappa"),
        min_labels=whole(entry.get("min_labels", 50), 2, 10**6, f"{where}.min_labels"),
        max_age_days=None if age is None else whole(age, 1, 10**5, f"{where}.max_age_days"),
    )
