"""What workers say of themselves: one answers for all, and who is silent is told as stale."""

import os
from pathlib import Path

import orjson
import pytest

from gateway.server.ids import now_ms
from gateway.server.presence import STALE_MS, Presence, everybody


def test_one_tells_of_all(tmp_path: Path) -> None:
    for node, pid in (("east", 7), ("east", 8), ("west", 7)):
        Presence(tmp_path, node, pid).say({"revision": f"of {node}"})
    told = everybody(tmp_path)
    assert [(each["node"], each["pid"], each["revision"], each["stale"]) for each in told] == [
        ("east", 7, "of east", False),
        ("east", 8, "of east", False),
        ("west", 7, "of west", False),
    ]
    Presence(tmp_path, "east", 7).leave()
    assert len(everybody(tmp_path)) == 2


@pytest.mark.parametrize("drift", [-STALE_MS - 1000, STALE_MS + 1000])
def test_old_signs_of_life_are_stale_whichever_way_the_clock_went(tmp_path: Path, drift: int) -> None:
    presence = Presence(tmp_path, "east", 7)
    presence.say({})
    (file,) = tmp_path.glob("*.json")
    file.write_bytes(orjson.dumps(orjson.loads(file.read_bytes()) | {"at_ms": now_ms() + drift}))
    assert everybody(tmp_path)[0]["stale"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"'])
def test_files_of_others_are_left_out(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "x.json").write_bytes(body)
    assert everybody(tmp_path) == []
    assert everybody(tmp_path / "nowhere") == []


def test_what_has_been_gone_for_long_is_removed(tmp_path: Path) -> None:
    Presence(tmp_path, "old", 1).say({})
    Presence(tmp_path, "new", 2).say({})
    os.utime(tmp_path / "old.1.json", (0, 0))
    Presence(tmp_path, "new", 3).tidy()
    assert [each["node"] for each in everybody(tmp_path)] == ["new"]
