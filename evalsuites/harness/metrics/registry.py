"""Which metric a suite means."""

from functools import partial
from importlib import import_module
from inspect import signature
from pathlib import Path

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.judging import metric as judging
from evalsuites.harness.metrics import classifier, given, overlap, policy, privacy, structure, text
from evalsuites.harness.metrics.base import Metric
from evalsuites.harness.metrics.ragas import adapter as ragas
from evalsuites.harness.suite import MetricUse

SHIPPED: dict[str, Metric] = {
    metric.__name__: metric
    for metric in (
        text.exact,
        text.presence,
        text.absence,
        text.matches,
        text.similarity,
        text.length,
        text.refusal,
        text.compliance,
        text.quoted_spans,
        text.grounded,
        text.choice,
        overlap.bleu,
        overlap.chrf,
        structure.json_valid,
        structure.json_schema,
        structure.tool_call_f1,
        structure.tools_withheld,
        structure.streamed,
        policy.policy_answer,
        policy.blocked,
        policy.not_blocked,
        policy.unnoticed,
        policy.noticed,
        privacy.no_personal_data,
        given.given,
        classifier.classifier_score,
        classifier.classified_below,
    )
} | dict(ragas.METRICS)


def metric_of(use: MetricUse, where: str, root: Path = Path()) -> Metric:
    """The function behind a suite's use of a metric: one that ships, or ``module:function``.

    Args:
        use: what the suite says.
        where: what to name in a complaint.
        root: where paths of judges begin.

    Raises:
        UsageFault: there is none, or it has no such option.
    """
    if use.use == judging.NAME:
        return judging.judged(use, root, where)
    found = SHIPPED.get(use.use) or _imported(use.use, where)
    try:
        signature(found).bind_partial(None, None, **use.options)
    except TypeError as error:
        raise UsageFault(where, f"the metric `{use.use}`: {error}") from None
    return partial(found, **use.options) if use.options else found


def _imported(name: str, where: str) -> Metric:
    module, _, function = name.partition(":")
    if not function:
        known = ", ".join(sorted({*SHIPPED, judging.NAME}))
        raise UsageFault(where, f"there is no metric `{name}`; there are {known}, or `module:function`")
    try:
        found = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise UsageFault(where, f"the metric `{name}` cannot be loaded: {error}") from None
    if not callable(found):
        raise UsageFault(where, f"`{name}` is no function")
    return found  # type: ignore[no-any-return]
