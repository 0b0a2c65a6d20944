"""Calibrations: how often a judge errs, held against labels, as a file to be committed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isclose
from pathlib import Path
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.judging.labels import Label, Labels
from evalsuites.harness.judging.profile import Profile
from evalsuites.harness.judging.verdict import Verdict
from evalsuites.harness.reading import check_keys, mapping, no_number, number, text, whole
from evalsuites.harness.statistics.agreement import cohen_kappa, kappa_interval
from evalsuites.harness.statistics.correction import Calibration as Errors
from evalsuites.harness.statistics.intervals import Interval, wilson

Said = Verdict
Pairs = Sequence[tuple[Label, Said]]
"""What people say, and what the judge says."""

_KEYS = {"version", "judge", "profile", "models", "labels", "date", "confidence", "counts", "rates", "strata"}
_KEYS |= {"unanimous"}
_LABELS, _COUNTS = {"file", "digest", "count"}, {"positives", "passed", "negatives", "failed", "abstained"}
_RATES = ("tpr", "tnr", "agreement", "kappa")
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a calibration file holds."""

    profile: str
    """Digest of the profile that was calibrated."""

    models: Sequence[str]
    """Under which names the judge answered."""

    labels: Path
    labels_digest: str
    count: int
    """How many labels there were."""

    on: date
    errors: Errors
    abstained: int
    kappa: float
    kappa_interval: Interval


def file_of(profile: Profile) -> Path:
    """Where a judge's calibration is: beside its profile."""
    return profile.file.with_suffix(".calibration.json")


def labels_of(profile: Profile) -> Path:
    """Where a judge's labels are unless somebody says otherwise: beside its profile."""
    return profile.file.with_suffix(".labels.jsonl")


def document(  # noqa: PLR0913 - one for each thing that a calibration depends on
    profile: Profile,
    labels: Labels,
    said: Sequence[Said],
    *,
    file: str,
    models: Iterable[str],
    unanimous: int,
    on: date,
) -> dict[str, Any]:
    """The calibration as JSON has it.

    Args:
        profile: the judge.
        labels: what people say.
        said: what the judge says, in the order of the labels.
        file: the labels' path, seen from the profile.
        models: under which names the judge answered.
        unanimous: of how many labels all repeats said the same.
        on: when it was asked.
    """
    pairs = [(row.label, one) for row, one in zip(labels.rows, said, strict=True)]
    names = sorted({name for row in labels.rows for name in row.strata})
    return {
        "version": 1,
        "judge": profile.name,
        "profile": profile.digest,
        "models": sorted(set(models)),
        "labels": {"file": file, "digest": labels.digest, "count": len(pairs)},
        "date": on.isoformat(),
        "confidence": CONFIDENCE,
        "counts": _counts(pairs),
        "rates": _rates(pairs),
        "unanimous": unanimous,
        "strata": {name: _by_value(labels, said, name) for name in names},
    }


def write(found: Mapping[str, Any], file: Path) -> None:
    """The file, with equal bytes for equal calibrations."""
    file.write_text(json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")


def read(profile: Profile) -> Calibration | None:
    """The calibration beside a profile; None where there is none.

    Raises:
        UsageFault: the file is damaged, of another judge, or its figures do not follow from its counts.
    """
    file = file_of(profile)
    if not file.exists():
        return None
    where = str(file)
    try:
        raw = mapping(json.loads(file.read_text("utf-8"), parse_constant=no_number), where)
    except (OSError, ValueError) as error:
        raise UsageFault(where, f"cannot be read: {error}") from None
    check_keys(raw, _KEYS, _KEYS, where)
    whole(raw["version"], 1, 1, f"{where}: version")
    if text(raw["judge"], f"{where}: judge") != profile.name:
        raise UsageFault(where, f"this is a calibration of `{raw['judge']}`")
    return _calibration(raw, profile, where)


def _calibration(raw: Mapping[str, Any], profile: Profile, where: str) -> Calibration:
    labels = mapping(raw["labels"], f"{where}: labels")
    check_keys(labels, _LABELS, _LABELS, f"{where}: labels")
    errors, abstained = _errors(mapping(raw["counts"], f"{where}: counts"), f"{where}: counts")
    count = whole(labels["count"], 2, 10**7, f"{where}: labels.count")
    if errors.positives + errors.negatives + abstained != count:
        raise UsageFault(where, "its counts do not add up to its labels")
    kappa, interval = _kappa(raw["rates"], errors, f"{where}: rates")
    return Calibration(
        profile=text(raw["profile"], f"{where}: profile"),
        models=[text(one, f"{where}: models") for one in raw["models"]],
        labels=profile.file.parent / text(labels["file"], f"{where}: labels.file"),
        labels_digest=text(labels["digest"], f"{where}: labels.digest"),
        count=count,
        on=_date(raw["date"], f"{where}: date"),
        errors=errors,
        abstained=abstained,
        kappa=kappa,
        kappa_interval=interval,
    )


def _errors(counts: Mapping[str, Any], where: str) -> tuple[Errors, int]:
    check_keys(counts, _COUNTS, _COUNTS, where)
    positives, negatives = (
        whole(counts[name], 0, 10**7, f"{where}.{name}") for name in ("positives", "negatives")
    )
    passed = whole(counts["passed"], 0, positives, f"{where}.passed")
    failed = whole(counts["failed"], 0, negatives, f"{where}.failed")
    return Errors(positives, passed, negatives, failed), whole(
        counts["abstained"], 0, 10**7, f"{where}.abstained"
    )


def _kappa(raw: object, errors: Errors, where: str) -> tuple[float, Interval]:
    """Kappa and its interval, where the file says of them what its counts do."""
    rates = mapping(raw, where)
    check_keys(rates, set(_RATES), set(_RATES), where)
    again = _rates(_pairs(errors))
    for name in _RATES:
        if (rates[name] is None) != (again[name] is None):
            raise UsageFault(f"{where}.{name}", "this does not follow from the counts")
        for place, value in (again[name] or {}).items():
            given = number(
                mapping(rates[name], f"{where}.{name}").get(place), -1, 1, f"{where}.{name}.{place}"
            )
            if not isclose(given, value, abs_tol=1e-6):
                raise UsageFault(
                    f"{where}.{name}.{place}", f"this does not follow from the counts: {value:g}"
                )
    kappa = again["kappa"] or {"estimate": 0.0, "low": -1.0, "high": 1.0}
    return kappa["estimate"], Interval(kappa["low"], kappa["high"])


def _pairs(errors: Errors) -> Pairs:
    """The verdicts behind counts, in a fixed order: figures must not hang on the order of labels."""
    table: Sequence[tuple[Label, Said, int]] = (
        ("pass", "pass", errors.passed),
        ("pass", "fail", errors.positives - errors.passed),
        ("fail", "fail", errors.failed),
        ("fail", "pass", errors.negatives - errors.failed),
    )
    return [(label, one) for label, one, count in table for _ in range(count)]


def _counts(pairs: Pairs) -> dict[str, int]:
    told = [(label, one) for label, one in pairs if one != "abstain"]
    return {
        "positives": sum(label == "pass" for label, _ in told),
        "passed": told.count(("pass", "pass")),
        "negatives": sum(label == "fail" for label, _ in told),
        "failed": told.count(("fail", "fail")),
        "abstained": len(pairs) - len(told),
    }


def _rates(pairs: Pairs) -> dict[str, dict[str, float] | None]:
    """Each with its interval; None where there is nothing to say it of."""
    counts = _counts(pairs)
    told = _pairs(Errors(*(counts[name] for name in ("positives", "passed", "negatives", "failed"))))
    kappa = {"estimate": cohen_kappa(told), **kappa_interval(told, CONFIDENCE)._asdict()} if told else None
    return {
        "tpr": _rate(counts["passed"], counts["positives"]),
        "tnr": _rate(counts["failed"], counts["negatives"]),
        "agreement": _agreement(counts),
        "kappa": kappa and {name: round(value, 6) for name, value in kappa.items()},
    }


def _agreement(counts: Mapping[str, int]) -> dict[str, float] | None:
    return _rate(counts["passed"] + counts["failed"], counts["positives"] + counts["negatives"])


def _rate(successes: int, trials: int) -> dict[str, float] | None:
    if not trials:
        return None
    found = {"estimate": successes / trials, **wilson(successes, trials, CONFIDENCE)._asdict()}
    return {name: round(value, 6) for name, value in found.items()}


def _by_value(labels: Labels, said: Sequence[Said], name: str) -> dict[str, Any]:
    """Agreement within each value of a stratum."""
    found: dict[str, list[tuple[Label, Said]]] = {}
    for row, one in zip(labels.rows, said, strict=True):
        if name in row.strata:
            found.setdefault(row.strata[name], []).append((row.label, one))
    return {
        value: {"count": len(pairs), "counts": _counts(pairs), "agreement": _agreement(_counts(pairs))}
        for value, pairs in sorted(found.items())
    }


def _date(raw: object, where: str) -> date:
    try:
        return date.fromisoformat(text(raw, where))
    except ValueError:
        raise UsageFault(where, "this must be a date such as 2026-11-26") from None
