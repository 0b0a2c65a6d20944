"""The backtest as an in-toto statement: who wants to, can take the same entries and run it again.

Statement v1 with predicate ``test-result/v0.1``. The subjects are the bundles; the log, up to one signed
checkpoint, and the entries taken from it are the configuration.
"""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
_RESULTS = {"pass": "PASSED", "fail": "FAILED", "inconclusive": "WARNED"}


def statement(document: Json) -> Json:
    """The statement about a report; unsigned."""
    checks = document["checks"]
    return {
        "_type": TYPE,
        "subject": list(_subjects(document)),
        "predicateType": PREDICATE,
        "predicate": {
            "result": _RESULTS[document["verdict"]],
            "configuration": [_log(document), _options(document)],
            **{
                field: [check["name"] for check in checks if check["verdict"] == word]
                for word, field in (
                    ("pass", "passedTests"), ("inconclusive", "warnedTests"), ("fail", "failedTests"),
                )
            },
        },
    }  # fmt: skip


def _subjects(document: Json) -> Iterator[Json]:
    bundles = document["bundles"]
    yield {"name": "candidate bundle", "digest": _digest(bundles["new"])}
    for revision in bundles["old"]:
        yield {"name": "bundle in force", "digest": _digest(revision)}


def _digest(revision: str) -> Json:
    algorithm, _, digits = revision.partition(":")
    return {algorithm: digits}


def _log(document: Json) -> Json:
    log = document["log"]
    taken = {name: log[name] for name in ("exchanges", "first", "last", "indices")}
    return {
        "name": log["origin"],
        "mediaType": "text/x.tlog.checkpoint",
        "digest": {"sha256": log["root"]},
        "annotations": {"size": log["size"], **taken},
    }


def _options(document: Json) -> Json:
    return {
        "name": "options",
        "annotations": {"schema": document["schema"], "window": document["window"], **document["options"]},
    }
