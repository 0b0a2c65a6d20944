"""The test run that DeepEval writes to ``DEEPEVAL_RESULTS_FOLDER`` (seen with DeepEval 4.3).

Each of its metrics becomes two scores: ``NAME`` with the number that it gave, and ``NAME.success`` with
whether that met the metric's own threshold. Conversations with several turns are named as flaws.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.importers.source import Malformed, Source, digest_of, document, entries, member, optional

_CONVERSATIONS = "conversationalTestCases"


def read(source: str) -> Source:
    """Read a file. Raises as :data:`~evalsuites.importers.source.Reader` says."""
    body, whole = document(source)
    name = Path(source).name
    run = optional(whole, "testRunData", dict) or whole
    cases, talks = (optional(run, kind, list) for kind in ("testCases", _CONVERSATIONS))
    if cases is None:
        raise UsageFault(source, "there is no `testCases`: this is no test run of DeepEval")
    return Source(
        name=name,
        digest=digest_of(body),
        rows=(
            *entries(cases, lambda at: f"{name}: testCases[{at}]", _columns),
            *entries(talks or [], lambda at: f"{name}: {_CONVERSATIONS}[{at}]", _refused),
        ),
        made_by="deepeval",
        named=True,
    )


def _columns(entry: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    case = member({"": entry}, "", dict)
    seconds = optional(case, "completionTime", (int, float))
    return {
        "id": optional(case, "name", str),
        "epoch": 1,
        "user": member(case, "input", str),
        "answer": optional(case, "actualOutput", str),
        "expect.text": optional(case, "expectedOutput", str),
        "expect.contexts": optional(case, "retrievalContext", list) or optional(case, "context", list),
        "tags": optional(case, "tags", list),
        "metadata": optional(case, "additionalMetadata", dict),
        "milliseconds": None if seconds is None else seconds * 1000,
        **dict(_scores(case)),
    }


def _scores(case: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for one in optional(case, "metricsData", list) or ():
        metric = optional(one, "name", str)
        if metric is None:
            continue
        failed = optional(one, "error", str)
        reason = failed or optional(one, "reason", str) or ""
        score, success = optional(one, "score", (int, float)), optional(one, "success", bool)
        yield f"score.{metric}", None if failed else score
        yield f"score.{metric}.success", None if failed else success
        yield f"reason.{metric}", reason
        yield f"reason.{metric}.success", reason


def _refused(_: object) -> object:
    raise Malformed("a conversation of several turns cannot be imported")
