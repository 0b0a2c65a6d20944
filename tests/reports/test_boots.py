"""Times in which nobody was recording."""

from reports.boots import Boots
from reports.evidence import Entry
from reports.model import Ref


def entry(at: int, boot: str, ts: int, kind: str = "decision") -> Entry:
    return Entry(Ref(at, "00" * 32), {"node": "n", "boot": boot, "ts": ts, "type": kind}, inside=True)


def boots(*entries: Entry) -> Boots:
    found = Boots()
    for item in entries:
        found.take(item)
    return found


def test_a_time_between_two_runs_is_a_silence() -> None:
    found = boots(entry(0, "a", 10, "open"), entry(1, "a", 20, "close"), entry(2, "b", 50, "open"))
    assert [(silence.from_ms, silence.to_ms) for silence in found.silences()] == [(20, 50)]
    assert [name for _, name, _ in found.unclosed()] == ["b"]


def test_runs_that_overlap_leave_no_silence() -> None:
    found = boots(
        entry(0, "a", 10, "open"),
        entry(1, "b", 15, "open"),
        entry(2, "a", 20, "close"),
        entry(3, "b", 40, "close"),
    )
    assert not list(found.silences())
    assert not list(found.unclosed())


def test_a_run_inside_another_does_not_end_it() -> None:
    found = boots(
        entry(0, "a", 10, "open"),
        entry(1, "b", 12, "open"),
        entry(2, "b", 13),
        entry(3, "a", 40),
        entry(4, "c", 60, "open"),
    )
    assert [(silence.from_ms, silence.to_ms) for silence in found.silences()] == [(40, 60)]


def test_an_empty_log_has_no_silence() -> None:
    assert not list(Boots().silences())
