"""What builders work with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.core.errors import ConfigError
from reports.catalogue import Catalogue
from reports.evidence import Evidence
from reports.model import Input
from reports.policies import Policy
from reports.tally import Tally


@dataclass(frozen=True, slots=True)
class Context:
    """One log, counted, and everything that a report may hold beside it."""

    evidence: Evidence
    tally: Tally
    catalogues: tuple[Catalogue, ...]
    policies: tuple[Policy, ...] = ()
    """Bundles at hand, to say which rules were in force."""

    arguments: str = ""
    """Options of the command line that shaped the report, to show how to make it again."""

    epoch: int | None = None
    """SOURCE_DATE_EPOCH, in seconds."""

    exchange: str = ""
    """The exchange to explain, for the report on one decision."""

    operator: Mapping[str, object] = field(default_factory=dict)
    """What the operator declares (purposes, contacts, countries), for the reports that want it."""

    models: Path | None = None
    """Manifest of the classifiers."""

    inputs: tuple[Input, ...] = ()
    """Digests of whatever else went in."""

    def catalogue(self, framework: str, edition: str) -> Catalogue:
        """One catalogue; raises ConfigError when there is none."""
        for catalogue in self.catalogues:
            if (catalogue.framework, catalogue.edition) == (framework, edition):
                return catalogue
        raise ConfigError(f"there is no catalogue {framework}:{edition}")

    def in_force(self) -> tuple[Policy, ...]:
        """The bundles at hand whose revision decided in the period."""
        decided = {key[0] for key in self.tally.of("revision")}
        return tuple(policy for policy in self.policies if policy.revision in decided)
