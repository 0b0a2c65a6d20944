"""Erased is erased: unreadable, on record, and the log still verifies; whatever breaks on the way."""

import itertools
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.keys import Signer
from gateway.audit.reader import matching
from gateway.audit.retention.holds import Hold
from gateway.audit.retention.ledger import Ledger
from gateway.audit.retention.records import hold_record
from gateway.audit.vault.access import Access
from gateway.audit.vault.disk import Disk
from gateway.audit.vault.faults import Altered, Held, NoKey
from gateway.audit.vault.holder import Holder
from gateway.audit.vault.seal import LocalKey, commitment, unseal
from gateway.audit.verify import verify
from gateway.core.errors import RecordFault
from tests.audit.vault.conftest import ACTOR, Site

JANE, JOHN = Holder("subject", "clinic", "jane"), Holder("subject", "clinic", "john")
ORIGIN = "example.org/test/log"
SIGNER = Signer.generate(ORIGIN)
STEPS = ("create", "rename", "unlink", "overwrite", "sync_directory", "make_directory")


def erase(site: Site, holder: Holder = JANE, request: str = "DSR-7") -> Any:  # noqa: ANN401
    return site.erasure().erase(holder, ACTOR, request=request, basis="GDPR Art. 17(1)(b)")


def shown(site: Site, exchange: str) -> list[Any]:
    return Access(site.vault(), site.ledger).read(exchange, ACTOR, reason="audit")


def erasures(site: Site) -> list[Any]:
    return [record for _, record in matching(site.ledger.path, b'"type":"erasure"')]


def test_what_was_kept_can_be_read_by_name(site: Site) -> None:
    site.call("lx-1")
    assert [reading.body for reading in shown(site, "lx-1")] == [b"request of lx-1", b"response of lx-1"]


def test_that_somebody_reads_is_durable_first(site: Site) -> None:
    site.call("lx-1")
    shown(site, "lx-1")
    found = site.ledger.find("access", exchange="lx-1")
    assert found is not None
    assert (found[1]["by"], found[1]["reason"], found[1]["phases"]) == (
        ACTOR.by,
        "audit",
        ["request", "response"],
    )


def test_nothing_is_shown_that_cannot_be_recorded(site: Site) -> None:
    site.call("lx-1")

    def broken(_: object) -> None:
        raise RecordFault("broken on purpose")

    access = Access(site.vault(), Ledger(site.ledger.path, broken))
    with pytest.raises(RecordFault):
        access.read("lx-1", ACTOR, reason="audit")


def test_nothing_is_recorded_where_nothing_is_kept(site: Site) -> None:
    assert shown(site, "lx-none") == []
    assert site.ledger.find("access") is None


def test_erased_content_is_erased_by_name_and_all_else_stays(site: Site) -> None:
    site.call("lx-1")
    site.call("lx-2", "john")
    done = erase(site)
    assert (done.record["contents"], done.record["request"], done.record["by"]) == (2, "DSR-7", ACTOR.by)
    site.log.close_sync()
    access = Access(site.vault(), Ledger(site.ledger.path, lambda _: None))
    gone = access.read("lx-1", ACTOR, reason="audit")

    (index, _) = site.ledger.find("erasure") or (None, None)
    assert [reading.why for reading in gone] == [f"erased: request DSR-7, erasure record entry {index}"] * 2
    report = verify(site.ledger.path)
    assert (report.problems, report.counts["erasure"]) == ([], 1)


def test_another_persons_content_is_still_there(site: Site) -> None:
    site.call("lx-1")
    site.call("lx-2", "john")
    erase(site)
    assert [reading.body for reading in shown(site, "lx-2")] == [b"request of lx-2", b"response of lx-2"]


def test_with_all_files_at_hand_nothing_opens_and_no_guess_can_be_tested(site: Site) -> None:
    site.call("lx-1")
    record = next(r for _, r in matching(site.ledger.path, b'"type":"decision"'))
    content = record["content"]
    file = site.folder / "vault" / content["key"] / content["digest"]
    ciphertext = file.read_bytes()  # whoever made a copy before
    right = (site.folder / "keys" / "keys" / content["key"]).read_bytes()
    assert unseal(LocalKey(right), ciphertext)[1] == b"request of lx-1"
    erase(site)
    site.log.close_sync()
    for secret in candidates(site.folder):
        assert secret != right
        key = LocalKey(secret)
        assert commitment(key, "lx-1/request", b"request of lx-1") != record["body_commit"]
        with pytest.raises(Altered):
            unseal(key, ciphertext)


def candidates(folder: Path) -> Iterator[bytes]:
    """Every 32 bytes of the key store, and the beginning of every 32 of all other files."""
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            step = 1 if "keys" in path.parts else 32
            yield from (data[at : at + 32].ljust(32, b"\0") for at in range(0, min(len(data), 4096), step))


def test_the_same_request_again_changes_nothing(site: Site) -> None:
    site.call("lx-1")
    first = erase(site)
    again = erase(site)
    assert (first.repeated, again.repeated, len(erasures(site))) == (False, True, 1)
    assert again.record["key"] == first.record["key"]


def test_of_whom_nothing_is_kept_nothing_is_erased(site: Site) -> None:
    site.call("lx-1")
    with pytest.raises(NoKey):
        erase(site, JOHN)
    assert erasures(site) == []


def test_who_comes_back_gets_another_key_that_can_be_erased_too(site: Site) -> None:
    site.call("lx-1")
    erase(site)
    site.call("lx-2")
    assert [reading.body is None for reading in shown(site, "lx-1") + shown(site, "lx-2")] == [
        True,
        True,
        False,
        False,
    ]
    erase(site, request="DSR-8")
    assert len({record["key"] for record in erasures(site)}) == 2


@pytest.mark.parametrize(
    ("hold", "held"),
    [
        (Hold("h", exchange="lx-1"), True),
        (Hold("h", exchange="lx-2"), False),
        (Hold("h", tenant="clinic"), True),
        (Hold("h", tenant="other"), False),
        (Hold("h", since_ms=1000, until_ms=1000), True),
        (Hold("h", since_ms=2**50), False),
        (Hold("h", until_ms=999), False),
        (Hold("h"), True),
    ],
    ids=str,
)
def test_a_legal_hold_forbids_erasure_until_it_is_released(site: Site, hold: Hold, held: bool) -> None:
    site.call("lx-1", at_ms=1000)
    site.log.append_sync(hold_record(ACTOR, hold))
    if held:
        with pytest.raises(Held, match="legal hold h "):
            erase(site)
        assert shown(site, "lx-1")[0].body == b"request of lx-1"
        site.log.append_sync(hold_record(ACTOR, hold, release=True))
    erase(site)
    assert shown(site, "lx-1")[0].body is None


class Breaking(Disk):
    """The *at*-th call fails; before or after doing its work. Afterwards all do, as for a killed process."""

    def __init__(self, at: int, *, late: bool) -> None:
        self.calls = 0
        for name in STEPS:
            setattr(self, name, self._breaking(getattr(self, name), at, late=late))

    def _breaking(self, call: Callable[..., Any], at: int, *, late: bool) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:  # noqa: ANN401
            self.calls += 1
            if self.calls < at:
                return call(*arguments)
            if self.calls == at and late:
                call(*arguments)
            raise OSError(5, "Input/output error")

        return run


def settled(site: Site, said: list[str]) -> bool:
    """Undone and said, or done and recorded; True when done."""
    site.erasure().recover()
    vault = site.vault()
    records, slot = erasures(site), vault.keys.find(JANE)
    assert list(vault.keys.announced()) == []
    bodies = [reading.body for reading in shown(site, "lx-1")]
    if records:
        assert (len(records), slot, bodies) == (1, None, [None, None])
        assert list((site.folder / "vault").iterdir()) == []
        return True
    assert slot is not None
    assert bodies == [b"request of lx-1", b"response of lx-1"]
    assert not said or "nothing was erased" in said[0]
    return False


@pytest.mark.parametrize("late", [False, True])
def test_a_failure_at_every_step_ends_undone_or_done(site: Site, late: bool) -> None:
    site.call("lx-1")
    log, outcomes = site.folder / "log", []
    for at in itertools.count(1):
        for name in ("keys", "vault"):
            shutil.copytree(site.folder / name, site.folder / "saved" / name, dirs_exist_ok=True)
        disk = Breaking(at, late=late)
        try:
            erasure = site.erasure(disk)
            erasure.erase(JANE, ACTOR, request="DSR-7", basis="b")
        except OSError:
            said = site.erasure().recover()
            outcomes.append(settled(site, said))
        else:
            break
        if outcomes[-1]:  # begin again with another person's log
            site.log.close_sync()
            for name in ("keys", "vault", "log"):
                shutil.rmtree(site.folder / name)
            (site.folder / "log.signed").unlink()
            site.log = type(site.log).open(log, origin=ORIGIN, signer=SIGNER, node="n1", interval=0.02)
            site.call("lx-1")
    assert outcomes.index(True) > 2
    assert all(outcomes[outcomes.index(True) :])  # once destroyed, always to the end
    assert len(outcomes) > 8


def test_a_log_that_cannot_be_written_is_written_later(site: Site) -> None:
    site.call("lx-1")

    def full(_: object) -> None:
        raise RecordFault("the audit log cannot be written: No space left on device")

    with pytest.raises(RecordFault):
        site.erasure(append=full).erase(JANE, ACTOR, request="DSR-7", basis="b")
    assert erasures(site) == []
    (said,) = site.erasure().recover()
    assert "done and recorded now" in said
    assert settled(site, [])


def test_a_key_that_is_half_overwritten_is_destroyed(site: Site) -> None:
    site.call("lx-1")

    class Torn(Disk):
        def overwrite(self, path: Path, data: bytes) -> None:
            super().overwrite(path, data[:1])
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input"):
        site.erasure(Torn()).erase(JANE, ACTOR, request="DSR-7", basis="b")
    assert settled(site, [])


def test_calls_that_go_on_meanwhile_are_readable_or_erased_by_name(site: Site) -> None:
    site.call("lx-0")

    def work(worker: int) -> None:
        for at in range(6):
            site.call(f"lx-{worker}-{at}")

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(3)]
    for thread in threads:
        thread.start()
    keys = {erase(site, request=f"DSR-{at}").record["key"] for at in range(2)}
    for thread in threads:
        thread.join()
    vault = site.vault()
    for _, record in matching(site.ledger.path, b'"content":'):
        try:
            assert vault.read(record) == f"{record['content']['phase']} of {record['exchange']}".encode()
        except NoKey:
            assert record["content"]["key"] in keys


def test_only_whoever_may_write_the_key_store_can_announce(site: Site) -> None:
    site.call("lx-1")
    folders = [site.folder / "keys" / name for name in ("", "holders", "keys", "erasing")]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}
