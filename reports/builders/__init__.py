"""One builder a kind of report. A builder takes a :class:`~reports.context.Context` and gives a report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reports.builders import (
    decision,
    eu_ai_act,
    evals,
    gdpr_art30,
    hipaa,
    incident,
    iso42001,
    models,
    nist,
    owasp,
    period,
    policy_change,
    soc2,
)
from reports.context import Context
from reports.model import Report


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of report."""

    about: str
    build: Callable[[Context], Report]
    editions: tuple[tuple[str, str], ...] = ()
    """Catalogues that it needs, as framework and edition."""


KINDS: Mapping[str, Kind] = {
    "period": Kind("what was checked and decided in a period, and what was not", period.build),
    "eu-ai-act": Kind(
        "section for a technical file (Annex IV), instructions for logs", eu_ai_act.build, eu_ai_act.EDITIONS
    ),
    "nist": Kind("NIST AI RMF 1.0 and its generative AI profile", nist.build, nist.EDITIONS),
    "iso42001": Kind("ISO/IEC 42001, Annex A", iso42001.build, iso42001.EDITIONS),
    "soc2": Kind("SOC 2, Trust Services Criteria", soc2.build, soc2.EDITIONS),
    "gdpr-art30": Kind(
        "record of processing: declared purposes, observed data and recipients",
        gdpr_art30.build,
        gdpr_art30.EDITIONS,
    ),
    "hipaa": Kind("audit controls and activity review", hipaa.build, hipaa.EDITIONS),
    "owasp": Kind("OWASP LLM Top 10 of 2026 and 2025, MITRE ATLAS", owasp.build, owasp.EDITIONS),
    "incident": Kind("a frozen range of the log with its timeline", incident.build),
    "decision": Kind("one decision, explained (--decision ID)", decision.build),
    "policy-change": Kind("bundles loaded and rejected, approvals, rules", policy_change.build),
    "evals": Kind("evaluation runs and release gates", evals.build),
    "models": Kind("classifiers in use, with their cards", models.build),
}
