"""PDF reports against ISO 19005-2, level B, as veraPDF reads it."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports.builders import KINDS
from reports.context import Context
from reports.renderers import rendered

ROOT = Path(__file__).parents[3]
KEPT = ("eu-ai-act", "owasp", "period")
"""Text, a matrix, charts: what the other kinds are made of."""


@pytest.fixture(scope="session")
def verapdf() -> list[str]:
    jars = sorted(ROOT.glob("build/verapdf-*/*.jar"))
    if not jars or not shutil.which("java"):
        pytest.skip("veraPDF is not here: make verapdf")
    classes = ":".join(map(str, jars))
    return [
        "java",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        classes,
        "org.verapdf.apps.GreenfieldCliWrapper",
        "--flavour",
        "2b",
    ]


def judged(verapdf: list[str], files: Iterable[Path]) -> dict[str, tuple[bool, set[str]]]:
    """Of each file whether it conforms, and the clauses that it breaks."""
    done = subprocess.run([*verapdf, *map(str, files)], capture_output=True, text=True, check=False)
    jobs = ET.fromstring(done.stdout).iter("job")
    return {Path(job.findtext("item/name", "")).stem: _verdict(job) for job in jobs}


def _verdict(job: ET.Element) -> tuple[bool, set[str]]:
    report = job.find("validationReport")
    assert report is not None, ET.tostring(job)
    broken = {rule.get("clause", "") for rule in report.iter("rule") if rule.get("status") == "failed"}
    return report.get("isCompliant") == "true", broken


def test_reports_are_pdf_a_and_what_is_not_is_told(
    verapdf: list[str], context: Context, tmp_path: Path
) -> None:
    files = [tmp_path / f"{kind}.pdf" for kind in KEPT]
    for file in files:
        file.write_bytes(rendered(KINDS[file.stem].build(context), "pdf"))
    spoilt = tmp_path / "spoilt.pdf"
    spoilt.write_bytes(files[0].read_bytes().replace(b"<pdfaid:part>2<", b"<pdfaid:part>7<"))
    found = judged(verapdf, [*files, spoilt])
    assert {kind: found[kind] for kind in KEPT} == dict.fromkeys(KEPT, (True, set()))
    assert not found["spoilt"][0]
