"""What is past its time goes from the front, on record; what is left verifies, and nothing else may go."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.audit.canonical import Record, encode
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.files import Files
from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.reader import Pruned, entry, find, matching, minimum, prove, records, verify_proof
from gateway.audit.retention.classes import DAY_MS, Retention, period_ms
from gateway.audit.retention.holds import Hold, standing
from gateway.audit.retention.ledger import Ledger
from gateway.audit.retention.pruning import Pruning
from gateway.audit.retention.records import Actor, hold_record
from gateway.audit.tiles import Tiles, fetcher
from gateway.audit.vault.ciphertexts import Ciphertexts
from gateway.audit.vault.holder import Holder
from gateway.audit.vault.keys import FileKeys
from gateway.audit.vault.vault import Body, Vault
from gateway.audit.verify import verify
from gateway.core.errors import ConfigError, RecordFault

ORIGIN = "example.org/test/log"
SIGNER = Signer.generate(ORIGIN)
ACTOR = Actor("ops@example.org", "ops")
NOW = 1_000 * DAY_MS
OLD = NOW - 400 * DAY_MS


class Log:
    """A log of any records, published at once: its clock is the test's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = OLD
        self.size = 0
        self.seqs: dict[str, int] = {}
        (path / "wal").mkdir(parents=True)

    def append(self, record: Record, boot: str = "b") -> None:
        """One more record."""
        self.extend([record], boot)

    def extend(self, added: Sequence[Record], boot: str = "b") -> None:
        """More records of one boot, and a checkpoint over all."""
        edge, files = Tiles(fetcher(self.path), self.size).edge().grow(self._stamped(added, boot))
        for name, data in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_bytes(data)
        self.size = edge.size
        signed = SIGNER.sign(Checkpoint(ORIGIN, edge.size, edge.root).text)
        (self.path / "checkpoint").write_text(signed)
        (self.path / "vkey").write_text(SIGNER.vkey)
        self.path.with_name(self.path.name + ".signed").write_text(signed)

    def _stamped(self, added: Sequence[Record], boot: str) -> Iterator[bytes]:
        opening = [] if boot in self.seqs else [{"type": "open"}]
        for seq, record in enumerate([*opening, *added], self.seqs.get(boot, 0)):
            yield encode({"v": 1, "node": "n", "boot": boot, "seq": seq, "ts": self.now, **record})
            self.seqs[boot] = seq + 1

    def pruning(self, retention: Retention | None = None, **more: Any) -> Pruning:  # noqa: ANN401
        """What prunes it, at the test's time."""
        retention = retention or Retention.of()
        return Pruning(Ledger(self.path, self.append), retention, now_ms=lambda: NOW, **more)

    def intact(self) -> bool:
        """No sign of tampering."""
        return verify(self.path, SIGNER.vkey).problems == []


def calls(first: int, count: int, **fields: Any) -> list[Record]:  # noqa: ANN401
    return [
        {"type": kind, "exchange": f"lx-{at}", "caller": {"tenant": "clinic"}, **more}
        for at in range(first, first + count)
        for kind, more in (("decision", {"route": "gpt-*", **fields}), ("outcome", {}))
    ]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """602 old entries of two boots and 200 young ones."""
    log = Log(tmp_path / "log")
    log.extend(calls(0, 150))
    log.extend(calls(150, 150), boot="c")
    log.now = NOW
    log.extend(calls(300, 100))
    return log


# --- what goes -----------------------------------------------------------------------------------------


def test_whole_bundles_past_their_time_go_and_the_rest_verifies(log: Log) -> None:
    before = prove(log.path, 700)
    gone = log.pruning().prune(ACTOR).expiry
    assert (gone.previous, gone.minimum, gone.classes) == (0, 512, {"ai-act-6m": 512})
    assert not list((log.path / "tile/entries").glob("000*")) + list((log.path / "tile/entries").glob("001*"))
    report = verify(log.path, SIGNER.vkey)
    assert (report.problems, report.pruned, report.size) == ([], 512, 803)
    assert "pruned    entries below 512" in str(report)
    verify_proof(before, entry(log.path, 700), SIGNER.vkey)


def test_readers_begin_where_the_log_does(log: Log) -> None:
    kept = entry(log.path, 0)
    log.pruning().prune(ACTOR)
    assert minimum(log.path) == 512
    assert [index for index, _ in records(log.path)][:1] == [512]
    assert len(list(matching(log.path, b'"type"'))) == 803 - 512
    assert find(log.path, "lx-0") == []
    assert len(find(log.path, "lx-350")) == 2
    with pytest.raises(Pruned, match="entries are kept from 512 on"):
        entry(log.path, 511)
    for index in (512, 802):
        verify_proof(prove(log.path, index), entry(log.path, index), SIGNER.vkey)
    verify_proof(prove(log.path, 0), kept, SIGNER.vkey)  # whoever exported it can still prove it


def test_a_dry_look_changes_nothing(log: Log) -> None:
    files = {path: path.stat().st_mtime_ns for path in log.path.rglob("*")}
    looked = log.pruning().look().expiry
    assert (looked.minimum, looked.why[:23]) == (512, "entry 602 is kept by ai")
    assert {path: path.stat().st_mtime_ns for path in log.path.rglob("*")} == files


def test_nothing_due_is_nothing_done(log: Log) -> None:
    log.pruning().prune(ACTOR)
    size = log.size
    assert log.pruning().prune(ACTOR).expiry.minimum == 512
    assert log.size == size


def test_a_second_pruning_goes_on_where_the_first_ended(log: Log) -> None:
    log.pruning().prune(ACTOR)
    log.extend(calls(400, 200))
    later = replace(log.pruning(), now_ms=lambda: NOW + 300 * DAY_MS)
    gone = later.prune(ACTOR).expiry
    assert (gone.previous, gone.minimum) == (512, 1024)
    assert log.intact()
    assert verify(log.path, SIGNER.vkey).pruned == 1024


def test_checkpoints_from_before_are_still_extended(log: Log) -> None:
    known = [(log.path / "checkpoint").read_text()]
    log.pruning().prune(ACTOR)
    assert verify(log.path, SIGNER.vkey, known=known).problems == []


# --- what stays ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("retention", "minimum_index"),
    [
        (Retention.of(routes={"gpt-*": "hipaa-6y"}), 0),
        (Retention.of("hipaa-6y", routes={"gpt-*": "ai-act-6m"}), 0),  # the open record has no route
        (Retention.of("hipaa-6y", routes={"gpt-*": "ai-act-6m"}, types={"open": "ai-act-6m"}), 512),
        (Retention.of(types={"outcome": "annex-iv-10y"}), 0),
        (Retention.of("short", custom={"short": "399d"}), 512),
        (Retention.of("long", custom={"long": "401d"}), 0),
    ],
)
def test_the_class_of_route_and_type_decides(log: Log, retention: Retention, minimum_index: int) -> None:
    assert log.pruning(retention).look().expiry.minimum == minimum_index


@pytest.mark.parametrize(
    ("hold", "minimum_index"),
    [
        (Hold("h", exchange="lx-200"), 256),
        (Hold("h", tenant="clinic"), 0),
        (Hold("h", tenant="other"), 512),
        (Hold("h", since_ms=OLD, until_ms=OLD), 0),
        (Hold("h", until_ms=OLD - 1), 512),
    ],
)
def test_a_legal_hold_stays_by_name_until_it_is_released(log: Log, hold: Hold, minimum_index: int) -> None:
    log.append(hold_record(ACTOR, hold))
    looked = log.pruning().look().expiry
    assert looked.minimum == minimum_index
    assert ("under legal hold h" in looked.why) == (minimum_index < 512)
    log.append(hold_record(ACTOR, hold, release=True))
    assert log.pruning().look().expiry.minimum == 512


def test_the_record_of_a_hold_in_force_is_never_pruned(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    log.append(hold_record(ACTOR, Hold("h", tenant="other")))
    log.extend(calls(0, 300))
    assert log.pruning().prune(ACTOR).expiry.minimum == 0
    assert list(standing(log.path)) == ["h"]


def test_periods_are_never_shorter_than_their_names() -> None:
    assert [period_ms(text) // DAY_MS for text in ("90d", "6m", "10y")] == [90, 186, 3660]
    for text in ("", "6", "0d", "6w", "-1d", "1.5y", "٣d"):
        with pytest.raises(ConfigError):
            period_ms(text)
    with pytest.raises(ConfigError, match="no class 'forever'"):
        Retention.of("forever")


# --- tampering -----------------------------------------------------------------------------------------


def _remove(log: Log, name: str) -> None:
    (log.path / name).unlink()


@pytest.mark.parametrize(
    "tamper",
    [
        lambda log: _remove(log, "tile/entries/002"),
        lambda log: (log.path / "minimum").write_text("768\n"),
        lambda log: (log.path / "tile/0/000").write_bytes(bytes(256 * 32)),
        lambda log: (log.path / "tile/entries/000").write_bytes(b"\0\1x" * 256),
    ],
)
def test_what_the_record_does_not_say_is_tampering(log: Log, tamper: Callable[[Log], object]) -> None:
    log.pruning().prune(ACTOR)
    tamper(log)
    assert not log.intact()


def test_bundles_that_vanish_without_a_record_are_tampering(log: Log) -> None:
    shutil.rmtree(log.path / "tile/entries")
    report = verify(log.path, SIGNER.vkey)
    assert "256 entries are missing" in str(report.problems[0])
    (log.path / "minimum").write_text("512\n")
    assert not log.intact()


def test_a_boot_that_skips_numbers_across_the_cut_is_noticed(log: Log) -> None:
    log.pruning().prune(ACTOR)
    assert log.intact()
    log.seqs["c"] += 1
    log.append({"type": "bundle"}, boot="c")
    assert not log.intact()


def test_a_forged_statement_about_boots_is_noticed(log: Log) -> None:
    statement = {"type": "retention", "minimum": 512, "previous": 0, "boots": []}
    log.append(statement)
    for number in (0, 1):
        _remove(log, f"tile/entries/00{number}")
    assert not log.intact()


@pytest.mark.parametrize("boots", [None, 7, [7], [{"node": "n"}]])
def test_a_malformed_statement_is_no_statement(log: Log, boots: object) -> None:
    log.append({"type": "retention", "minimum": 512, "boots": boots})
    _remove(log, "tile/entries/000")
    assert not log.intact()


# --- faults --------------------------------------------------------------------------------------------


class Failing(Files):
    """From the *at*-th change on, nothing works; the first may still do its work."""

    def __init__(self, at: int, *, late: bool) -> None:
        self.calls = 0
        for name in ("create", "rename", "unlink", "sync_directory"):
            setattr(self, name, self._failing(getattr(self, name), at, late=late))

    def _failing(self, call: Callable[..., Any], at: int, *, late: bool) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:  # noqa: ANN401
            self.calls += 1
            if self.calls < at or (self.calls == at and late):
                call(*arguments)
            if self.calls >= at:
                raise OSError(28, "No space left on device")

        return run


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("at", range(1, 6))
def test_a_failure_at_every_step_leaves_a_log_that_verifies(log: Log, at: int, late: bool) -> None:
    with pytest.raises(OSError, match="No space"):
        log.pruning(files=Failing(at, late=late)).prune(ACTOR)
    assert log.intact()
    assert len(find(log.path, "lx-350")) == 2
    log.pruning().finish()
    report = verify(log.path, SIGNER.vkey)
    assert (report.problems, report.pruned, minimum(log.path)) == ([], 512, 512)


def test_nothing_goes_before_its_record_is_published(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.audit.retention.pruning.PATIENCE_S", 0.0)
    lost = replace(log.pruning(), ledger=Ledger(log.path, lambda _: None))
    with pytest.raises(RecordFault, match="nothing was removed"):
        lost.prune(ACTOR)
    assert minimum(log.path) == 0
    assert entry(log.path, 0)


# --- exports and bodies ---------------------------------------------------------------------------------


def test_what_goes_is_exported_first_and_its_digest_is_on_record(log: Log, tmp_path: Path) -> None:
    first = entry(log.path, 0)
    target = tmp_path / "pruned.jsonl"
    log.pruning().prune(ACTOR, export=target)
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert [line["index"] for line in lines] == list(range(512))
    assert encode(lines[0]["record"]) == first
    said = Ledger(log.path, log.append).find("retention")
    assert said is not None
    assert said[1]["export"] == hashlib.sha256(target.read_bytes()).hexdigest()
    log.extend(calls(400, 200))
    later = replace(log.pruning(), now_ms=lambda: NOW + 300 * DAY_MS)
    with pytest.raises(ConfigError, match="never written over"):
        later.prune(ACTOR, export=target)
    assert minimum(log.path) == 512


def test_bodies_past_their_time_go_unless_they_are_held(log: Log, tmp_path: Path) -> None:
    vault = Vault(FileKeys(tmp_path / "keys"), Ciphertexts(tmp_path / "vault"))
    times = {"lx-1": OLD, "lx-2": OLD, "lx-350": NOW}
    for exchange, at in times.items():
        vault.keep(Body(exchange, "request", Holder("day", "clinic", "d"), at, b"x", keep=True))
    log.append(hold_record(ACTOR, Hold("h", exchange="lx-2")))
    done = log.pruning(ciphertexts=vault.ciphertexts).prune(ACTOR)
    (key,) = vault.ciphertexts.keys()
    left = {header["exchange"] for _, header in vault.ciphertexts.of(key)}
    assert (done.contents, left) == (1, {"lx-2", "lx-350"})
    assert Layout(log.path).minimum.exists() is False  # the held call is in the first bundle


# --- any log -------------------------------------------------------------------------------------------

STRETCH = st.tuples(st.sampled_from("abcd"), st.integers(1, 120), st.booleans())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STRETCH, min_size=5, max_size=14), st.data())
def test_any_log_verifies_after_pruning_and_hides_no_gap(
    tmp_path_factory: pytest.TempPathFactory, stretches: list[tuple[str, int, bool]], data: st.DataObject
) -> None:
    """Boots that interleave, end, crash and go on, in any order."""
    log = Log(tmp_path_factory.mktemp("any") / "log")
    ended: dict[str, int] = {}
    for name, count, ends in stretches:
        boot = f"{name}{ended.get(name, 0)}"
        log.extend(calls(log.size, count) + ([{"type": "close"}] if ends else []), boot)
        ended[name] = ended.get(name, 0) + ends
    gone = log.pruning().prune(ACTOR).expiry
    assert gone.minimum == max(0, (log.size - 2) // 256 * 256)
    assert log.intact()
    assert [index for index, _ in records(log.path)] == list(range(gone.minimum, log.size))
    running = [f"{name}{count}" for name, count in ended.items() if f"{name}{count}" in log.seqs]
    for boot in running:  # however long it was quiet
        log.append({"type": "bundle"}, boot)
    assert log.intact()
    boot = data.draw(st.sampled_from(sorted(log.seqs)))
    log.seqs[boot] += 1
    log.append({"type": "bundle"}, boot)
    assert not log.intact()
