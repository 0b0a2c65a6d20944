"""The page in an evidence bundle, opened in a real browser and given the bundle it came in."""

import io
import zipfile
from pathlib import Path

import pytest

from gateway.policy.shipped import baseline
from reports.builders import KINDS
from reports.bundle import bundled
from reports.context import Context
from tests.audit.browser import Page, opened, program
from tests.reports.sample import BASELINE, SIGNER

DECIDED = BASELINE.removeprefix("sha256:")


@pytest.mark.skipif(program() is None, reason="no browser here: make browser")
async def test_the_page_judges_the_bundle_that_it_came_in(context: Context, tmp_path: Path) -> None:
    archive = tmp_path / "out.zip"
    archive.write_bytes(bundled(KINDS["period"].build(context), context, ("csv",), (baseline(),)))
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as source:
        source.extract("verifier.html", tmp_path)
    async with opened(tmp_path / "verifier.html") as browser:
        kind, told = await judged(browser, archive)
        assert kind == "good", told
        assert f"policies/{DECIDED}: the sources that records say decided" in told
        assert "24 records are entries 0 to 23 of the log" in told
        kind, told = await judged(browser, _altered(archive, tmp_path / "altered.zip"))
        assert kind == "bad", told
        assert f"policies/{DECIDED}: these sources have another digest" in told


async def judged(browser: Page, archive: Path) -> tuple[str, str]:
    await browser.until("document.body?.dataset.ready === 'yes'")
    await browser.evaluate(f"document.getElementById('key').value = {SIGNER.vkey!r}")
    await browser.evaluate("document.getElementById('verdict').className = ''")
    await browser.choose("#files", [archive])
    await browser.until("['good', 'bad'].includes(document.getElementById('verdict').className)")
    kind = await browser.evaluate("document.getElementById('verdict').className")
    return kind, await browser.evaluate("document.body.innerText")


def _altered(archive: Path, target: Path) -> Path:
    """The bundle with another policy under the digest of the one that decided."""
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(target, "w") as out:
        for name in source.namelist():
            more = b"# altered\n" if name == f"policies/{DECIDED}/lictor/plan.rego" else b""
            out.writestr(name, source.read(name) + more)
    return target
