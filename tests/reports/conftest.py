"""The sample log, once a run, and what a report is built from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.policy.shipped import baseline
from reports.catalogue import Catalogue, load_all
from reports.context import Context
from reports.evidence import open_evidence
from reports.policies import read_policy
from reports.tally import tallied
from tests.reports.sample import SIGNER, write_log

Make = Callable[..., Context]


@pytest.fixture(scope="session")
def catalogues() -> tuple[Catalogue, ...]:
    return load_all()


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log(tmp_path_factory.mktemp("reports") / "log")


@pytest.fixture(scope="session")
def make(catalogues: tuple[Catalogue, ...]) -> Make:
    """Makes a context of a log, with the baseline bundle at hand."""
    policies = (read_policy(baseline()),)

    def context(path: Path, *, more: dict[str, Any] | None = None, **options: Any) -> Context:  # noqa: ANN401
        evidence = open_evidence(path, **{"key": SIGNER.vkey} | options)
        return Context(evidence, tallied(evidence, catalogues), catalogues, policies, **more or {})

    return context


@pytest.fixture(scope="session")
def context(make: Make, log: Path) -> Context:
    return make(log)
