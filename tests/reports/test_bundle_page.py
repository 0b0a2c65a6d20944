"""The page in an evidence bundle, opened in a real browser and given the bundle it came in."""

import io
import zipfile
from pathlib import Path

import pytest

from gateway.policy.shipped import baseline
from reports.builders import KINDS
from reports.bundle import bundled
from reports.context import Context
from tests.audit.browser import opened, program
from tests.reports.sample import SIGNER


@pytest.mark.skipif(program() is None, reason="no browser here: make browser")
async def test_the_page_judges_the_bundle_that_it_came_in(context: Context, tmp_path: Path) -> None:
    archive = tmp_path / "out.zip"
    archive.write_bytes(bundled(KINDS["period"].build(context), context, ("csv",), (baseline(),)))
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as source:
        source.extract("verifier.html", tmp_path)
    async with opened(tmp_path / "verifier.html") as browser:
        await browser.until("document.body?.dataset.ready === 'yes'")
        await browser.evaluate(f"document.getElementById('key').value = {SIGNER.vkey!r}")
        await browser.choose("#files", [archive])
        await browser.until("['good', 'bad'].includes(document.getElementById('verdict').className)")
        assert await browser.evaluate("document.getElementById('verdict').className") == "good"
