"""``lictor evals prune``: what no case uses is named, then removed; nothing else ever is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evalsuites.cli import evals
from evalsuites.commands.common import HERE, SUITES
from evalsuites.commands.prune import _labels, _whole
from evalsuites.harness.faults import UsageFault
from tests.evalsuites.recorded import record, write

Prune = Callable[..., Result]


@pytest.fixture
def prune(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prune:
    """Run it over a folder with the answers to three questions, of which two are still asked."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # others take seconds to load
    write(tmp_path, 3)
    record(tmp_path)
    assert len(list((tmp_path / "recordings").rglob("*.json"))) == 3
    write(tmp_path, 2)

    def run(*more: str) -> Result:
        options = ("suites", "recordings", "config")
        places = (tmp_path / "suites", tmp_path / "recordings", tmp_path / "lictor.toml")
        given = [f"--{name}={place}" for name, place in zip(options, places, strict=True)]
        return CliRunner().invoke(evals, ["prune", *given, *more])

    return run


def test_what_no_case_uses_goes_and_only_when_told(prune: Prune, tmp_path: Path) -> None:
    (tmp_path / "recordings" / "notes.json").write_text("{}")
    before = set((tmp_path / "recordings").rglob("*.json"))
    named = prune()
    assert named.exit_code == 0, named.output
    assert "2 recordings are used; 1 are not" in named.output
    assert set((tmp_path / "recordings").rglob("*.json")) == before
    assert prune("--delete").exit_code == 0
    (gone,) = before - set((tmp_path / "recordings").rglob("*.json"))
    assert str(gone) in named.output


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"ok": 3}, "only 3 of 4 results came: the selection was narrowed"),
        ({"ok": 2, "error": 2}, r"not every case was answered \(2 error, 2 ok\)"),
        ({"ok": 3, "budget": 1}, r"not every case was answered \(1 budget, 3 ok\)"),
    ],
)
def test_a_run_that_left_cases_out_says_nothing_of_recordings(counts: dict[str, int], said: str) -> None:
    with pytest.raises(UsageFault, match=said):
        _whole(counts, 4, Path("lictor.toml"))
    _whole({"ok": 3, "skipped": 1}, 4, Path("lictor.toml"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--suites", str(SUITES / "leakage")), "this is one suite"),
        (("--suites", str(SUITES.parent)), "name their --recordings as well"),
        (("--recordings", str(SUITES)), "name every --config that was recorded with"),
    ],
)
def test_a_narrowed_selection_is_refused(more: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(evals, ["prune", *more])
    assert done.exit_code == 2
    assert said in done.output


def test_what_judges_said_of_their_labels_is_used(tmp_path: Path) -> None:
    settings = tmp_path / "open.toml"
    settings.write_text((HERE / "open.toml").read_text().replace("var/evals/audit-open", f"{tmp_path}/audit"))
    assert len(_labels(SUITES, (settings,), HERE / "recordings")) >= 60
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageFault, match="not every label was answered"):
        _labels(SUITES, (settings,), tmp_path / "none")
