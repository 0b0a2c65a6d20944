"""Metrics of ragas 0.4 (extra ``evals``), one answer at a time.

Of ragas only the metrics' prompts and arithmetic are used. What they ask goes through the gateway like
everything else, so it is recorded, played back, counted and governed; its cache (which gives one judge's
answers for another's), its ``evaluate`` and its ``@experiment`` (which drop rows) are never called, and its
telemetry is off.

A row is measured or it is not: NaN, a number out of the metric's range, an exception, a judge that is late,
cut short, stopped by policy or does not keep the form are all unmeasured, with the reason. So is a row of
which ragas itself swallowed a failure and went on with what was left.
"""

import asyncio
import importlib
import os
import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from inspect import signature
from math import isnan
from types import ModuleType
from typing import TYPE_CHECKING, Any

from evalsuites.harness.metrics.base import Ask, Metric, Unmeasured, expected
from evalsuites.harness.metrics.text import several
from evalsuites.harness.result import Score
from evalsuites.harness.suite import Case
from evalsuites.harness.target.answer import Answer

if TYPE_CHECKING:
    from evalsuites.harness.metrics.ragas.seam import Judge

PARAMETERS: Mapping[str, Any] = {"temperature": 0, "max_tokens": 2048}
_ROUNDING = 1e-6


def ragas_metric(  # noqa: PLR0913 - a suite says them by name
    case: Case,
    answer: Answer,
    *,
    ask: Ask,
    kind: str,
    model: str,
    embeddings: str = "",
    parameters: Mapping[str, Any] = PARAMETERS,
    options: Mapping[str, Any] = {},
    timeout_s: float = 120.0,
) -> Score:
    """One row of one metric.

    Args:
        case: ``expect.contexts`` are the documents, ``expect.text`` is the reference; the question is
            ``expect.question``, or else what the user said last.
        answer: what is judged.
        ask: asks the target.
        kind: name of the class in ``ragas.metrics.collections``.
        model: the judge's name.
        embeddings: name of an embedding model behind the gateway; without one, texts are compared by
            their letters (see :class:`~evalsuites.harness.metrics.ragas.seam.Letters`).
        parameters: what the judge's requests have besides. They replace the default ones.
        options: what the metric's class takes besides judge and embeddings.
        timeout_s: for the whole row.
    """
    if answer.blocked:
        raise Unmeasured(f"there is no answer: policy answered {answer.ruled}")
    seam = _seam()
    ends = time.monotonic() + timeout_s
    judge = seam.Judge(ask, {**parameters, "model": model}, ends)
    parts = {"llm": judge, "embeddings": seam.embedding(ask, embeddings, ends)}
    metric = getattr(seam.collections, kind)
    taken = signature(metric).parameters
    made = metric(**{name: part for name, part in parts.items() if name in taken}, **options)
    return _in_range(_value(made, judge, _row(made, case, answer)), made.allowed_values)


def _value(metric: Any, judge: "Judge", row: Mapping[str, object]) -> float:  # noqa: ANN401 - ragas' own
    try:
        value = float(asyncio.run(metric.ascore(**row)).value)
    except Exception as error:  # noqa: BLE001 - ragas raises whatever comes
        raise Unmeasured(judge.failed or f"ragas: {type(error).__name__}: {error}") from None
    if judge.failed:
        raise Unmeasured(judge.failed)
    return value


def _in_range(value: float, limits: tuple[float, float]) -> Score:
    low, high = limits
    if isnan(value):
        raise Unmeasured("ragas gives no number for this row (NaN)")
    if not low - _ROUNDING <= value <= high + _ROUNDING:
        raise Unmeasured(f"ragas gives {value:g}, which is not between {low:g} and {high:g}")
    return Score(min(max(value, low), high))


def _row(metric: Any, case: Case, answer: Answer) -> Mapping[str, object]:  # noqa: ANN401 - ragas' own
    """The fields that the metric asks for."""
    fields: Mapping[str, Callable[[], object]] = {
        "user_input": lambda: case.expect.get("question") or _asked(case),
        "response": lambda: answer.text,
        "retrieved_contexts": lambda: several(expected(case, "contexts")),
        "reference": lambda: several(expected(case, "text"))[0],
    }
    return {name: fields[name]() for name in signature(metric.ascore).parameters if name in fields}


def _asked(case: Case) -> str:
    """What the user said last."""
    messages = case.input.get("messages") or [{"role": "user", "content": case.input.get("prompt")}]
    said = [one.get("content") for one in messages if one.get("role") == "user"]
    if not said or not isinstance(said[-1], str):
        raise Unmeasured("the case does not say `question`, and the user's last message is no text")
    return said[-1]


def _seam() -> ModuleType:
    """The part that imports ragas, which takes seconds. Its telemetry is switched off before."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its dependencies, about each other
            return importlib.import_module("evalsuites.harness.metrics.ragas.seam")
    except ImportError as error:
        raise Unmeasured(f"ragas cannot be imported (pip install 'lictor[evals]'): {error}") from None


METRICS: Mapping[str, Metric] = {
    f"ragas_{name}": partial(ragas_metric, kind=kind)
    for name, kind in {
        "answer_accuracy": "AnswerAccuracy",
        "answer_correctness": "AnswerCorrectness",
        "answer_relevancy": "AnswerRelevancy",
        "context_entity_recall": "ContextEntityRecall",
        "context_precision": "ContextPrecision",
        "context_recall": "ContextRecall",
        "context_relevance": "ContextRelevance",
        "context_utilization": "ContextUtilization",
        "factual_correctness": "FactualCorrectness",
        "faithfulness": "Faithfulness",
        "noise_sensitivity": "NoiseSensitivity",
        "response_groundedness": "ResponseGroundedness",
        "semantic_similarity": "SemanticSimilarity",
    }.items()
}
"""What suites can use, by name; the class of ragas behind each."""
