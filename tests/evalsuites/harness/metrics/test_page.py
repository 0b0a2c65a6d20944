from pathlib import Path

from evalsuites.harness.builtin import BUILT_IN
from evalsuites.harness.metrics.page import main, page, refresh
from evalsuites.harness.metrics.registry import SHIPPED

FILE = Path(__file__).parents[4] / "docs" / "reference" / "metrics.md"


def test_the_page_is_what_the_registry_says() -> None:
    text = FILE.read_text("utf-8")
    assert text == refresh(text), "run python -m evalsuites.harness.metrics.page docs/reference/metrics.md"
    assert [name for name in [*SHIPPED, *BUILT_IN] if f"| `{name}` |" not in page()] == []


def test_the_part_before_the_mark_stays(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Ours\n", "utf-8")
    assert main([str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text("utf-8") == "# Ours\n" + page()
