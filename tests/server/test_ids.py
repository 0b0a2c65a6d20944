"""Exchange ids: unique, and in the order of time."""

import re

from gateway.server.ids import Ids, micros, now_ms


def test_ids_have_their_form() -> None:
    assert re.fullmatch(r"lx-[0-9a-f]{12}-[0-9a-f]{10}-[0-9a-f]{6,}", Ids().next(now_ms()))


def test_ids_are_sorted_by_time_and_then_by_number() -> None:
    ids = Ids()
    made = [ids.next(now) for now in (1, 1, 2, 10**9, 10**12, 2**47)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_of_two_processes_differ_at_the_same_time() -> None:
    assert Ids().next(1) != Ids().next(1)


def test_clocks_go_on() -> None:
    assert micros() <= micros()
    assert now_ms() > 1_600_000_000_000
