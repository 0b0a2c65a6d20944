"""Reports that are a framework's clauses beside the evidence for each, and nothing more."""

from collections.abc import Callable, Sequence

from reports.builders.revisions import revisions
from reports.context import Context
from reports.frame import framed, narrowed
from reports.judge import matrix
from reports.model import Report, Row, Section, Table

Edition = tuple[str, str]


def of_frameworks(kind: str, title: str, editions: Sequence[Edition]) -> Callable[[Context], Report]:
    """The builder of a report on these editions."""

    def build(context: Context) -> Report:
        catalogues = [context.catalogue(*edition) for edition in editions]
        small = narrowed(context, catalogues)
        sections = [matrix(small, catalogue) for catalogue in catalogues]
        policy = Section("policy", "Policy in force", (), (), (), revisions(small))
        return framed(small, kind, title, (_summary(sections), *sections, policy))

    return build


def _summary(sections: Sequence[Section]) -> Section:
    """How many clauses have which status."""
    statuses = ("supports", "partial", "not_covered", "operator_must_supply")
    rows = tuple(
        Row(
            (section.title, *(sum(claim.status == status for claim in section.claims) for status in statuses))
        )
        for section in sections
    )
    text = (
        (
            "How far the records of the period go towards each clause. A status says what the evidence does, "
            "not whether a duty is met: that is for the reader to judge."
        ),
    )
    return Section(
        "summary", "Clauses at a glance", text, (), (), (Table("Statuses", ("catalogue", *statuses), rows),)
    )
