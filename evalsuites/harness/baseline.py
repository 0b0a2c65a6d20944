"""Baselines: a run that somebody blessed, kept in a file beside the suite."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.reading import check_keys, mapping, text
from evalsuites.harness.result import Result, result_from
from evalsuites.harness.suite import Suite

FILE = "baseline.json"
_KEYS = {"version", "suite", "suite_digest", "blessed_by", "reason", "manifest", "results"}


def bless(
    suite: Suite, results: Iterable[Result], *, by: str, reason: str, manifest: Mapping[str, Any]
) -> Path:
    """Make these results what later runs are compared with. Never happens by itself.

    Raises:
        UsageFault: nobody is named, or there is not one result.
    """
    kept = sorted((one for one in results if one.suite == suite.name), key=lambda one: (one.case, one.epoch))
    if not by or not reason:
        raise UsageFault(suite.name, "a baseline needs who blesses it, and why")
    if not kept:
        raise UsageFault(suite.name, "there is not one result to bless")
    path = suite.root / FILE
    body = {
        "version": 1,
        "suite": suite.name,
        "suite_digest": suite.digest,
        "blessed_by": by,
        "reason": reason,
        "manifest": manifest,
        "results": [one.to_dict() for one in kept],
    }
    path.write_text(json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    return path


def read_baseline(suite: Suite) -> Sequence[Result]:
    """The blessed results of cases that are still the same; none where nothing was blessed.

    Raises:
        UsageFault: the file is damaged, or of another suite.
    """
    path = suite.root / FILE
    if not path.exists():
        return ()
    try:
        raw = mapping(json.loads(path.read_text("utf-8")), str(path))
        check_keys(raw, _KEYS, _KEYS, str(path))
        found = [result_from(one) for one in raw["results"]]
    except (OSError, TypeError, ValueError) as error:
        raise UsageFault(str(path), f"cannot be read: {error}") from None
    if text(raw["suite"], f"{path}: suite") != suite.name:
        raise UsageFault(str(path), f"this is a baseline of `{raw['suite']}`")
    digests = {case.id: case.digest for case in suite.cases}
    return [one for one in found if digests.get(one.case) == one.digests.get("case")]
