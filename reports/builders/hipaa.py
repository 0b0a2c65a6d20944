"""HIPAA: what the log shows of health information, and the standards that it bears on."""

from reports.builders.gdpr_art30 import observed
from reports.context import Context
from reports.frame import framed, narrowed
from reports.judge import matrix
from reports.model import Report, Section

EDITIONS = (("hipaa", "45cfr164"),)

_POINTING = ("medical_record", "uk_nhs", "us_ssn", "date_of_birth", "health_id")
"""Labels that often stand beside health information."""


def build(context: Context) -> Report:
    """Audit controls, activity review, and identifiers that point to health information."""
    catalogue = context.catalogue(*EDITIONS[0])
    small = narrowed(context, [catalogue])
    found = [label for (_, label), _ in small.tally.of("label").items() if label in _POINTING]
    text = (
        (
            "A detector finds identifiers, not their context. Whether an exchange held health information"
            " is for the operator to say."
        ),
        f"Labels of the period that often stand beside it: {', '.join(sorted(set(found))) or 'none'}.",
    )
    seen = Section("observed", "Identifiers observed", text, (), (), (observed(small),))
    return framed(small, "hipaa", "HIPAA, Security and Privacy Rules", (matrix(small, catalogue), seen))
