"""What the pages say is what the code does."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.audit.export.formats.registry import FORMATS
from gateway.audit.export.page import refresh
from gateway.audit.export.reading import snapshot

DOCS = Path(__file__).parents[3] / "docs"
HOW_TO = (DOCS / "how-to/export-the-log.md").read_text("utf-8")


def test_the_table_of_names_is_current() -> None:
    page = DOCS / "reference/exports.md"
    text = page.read_text("utf-8")
    assert refresh(text) == text, f"run: python -m gateway.audit.export.page {page}"


@pytest.mark.parametrize("name", FORMATS)
def test_the_how_to_has_every_format(name: str) -> None:
    assert f"| `{name}` |" in HOW_TO


def test_the_program_of_the_how_to_runs(log: Path, tmp_path: Path) -> None:
    now = snapshot(log)
    with (tmp_path / "audit.parquet").open("wb") as out:
        writer = FORMATS["parquet"].writer(out, now.head)
        for batch in now.batches():
            writer.write(batch.entries)
        writer.finish()
    program = HOW_TO.partition("```python\n")[2].partition("```")[0]
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    assert {line.split()[1] for line in told.splitlines()} >= {"allow", "flag", "deny", "transform"}
