"""Gates that are required: what decides must have passed them, and somebody must have signed that it did.

The newest statement about a digest counts. Whoever can take files away can hide a newer one, for what is gone
cannot speak; what is there cannot be made up without a key, so the keys belong to those who judge.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.policy.beside import SUFFIX, beside
from gateway.policy.bundle import load
from gateway.policy.contents import BundleError, Contents
from gateway.policy.keyring import Keyring
from gateway.policy.signing import now_ms
from gateway.policy.source import Admission
from gateway.policy.statements import Statement, lines, verified

DAY_MS: Final = 86_400_000
RULE: Final = "gate_"
"""How the rules begin that refusals name: ``gate_missing``, ``gate_failed``, ``gate_expired``, …"""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What must be shown."""

    ring: Keyring
    gates: tuple[str, ...] = ()
    """Gates that must be among those that passed; none: the run as a whole is enough."""

    max_age_ms: int | None = None
    """How long ago the run may have ended; None: any time."""

    allow_warned: bool = False
    """Whether a run counts in which gates were left open that do not block."""

    files: tuple[Path, ...] = ()
    """More places with statements."""

    clock: Callable[[], int] = now_ms

    def keep(self, digest: str, what: str, files: tuple[Path, ...]) -> Statement:
        """The statement that lets this pass.

        Args:
            digest: SHA-256 of what is to decide, in hexadecimal, with or without ``sha256:``.
            what: its name, for the refusal.
            files: where statements about it may lie, beside those of :attr:`files`.

        Raises:
            BundleError: there is none, or the newest one does not let it pass; ``rule`` says why.
            ConfigError: a file with statements cannot be read or understood.
        """
        wanted = digest.removeprefix("sha256:")
        newest, strangers = self._newest(wanted, (*files, *self.files))
        if newest is None:
            unknown = f"; of {strangers} envelopes none is signed by a key that counts" if strangers else ""
            raise _refused(
                "missing", f"no signed statement says that {what} ({digest}) passed its gates{unknown}"
            )
        about = f"{what}: the statement of {newest.signer} ({newest.digest[:19]}…)"
        self._judge(newest, about)
        return newest

    def _newest(self, wanted: str, files: tuple[Path, ...]) -> tuple[Statement | None, int]:
        """The newest statement about the digest, and how many envelopes nobody who counts has signed."""
        now = self.clock()
        read = [verified(line, where, self.ring, now) for where, line in lines(dict.fromkeys(files))]
        about = [one for one in read if one is not None and wanted in one.subjects]
        return max(about, key=lambda one: one.finished_ms, default=None), read.count(None)

    def _judge(self, found: Statement, about: str) -> None:
        if found.result == "FAILED":
            named = ", ".join(sorted(found.failed | found.warned)) or "the run"
            raise _refused("failed", f"{about} says FAILED: {named}")
        if found.result == "WARNED" and not self.allow_warned:
            raise _refused(
                "warned", f"{about} says WARNED, and `allow_warned` is not set: {_named(found.warned)}"
            )
        good = found.passed | (found.warned if self.allow_warned else frozenset())
        if missing := [gate for gate in self.gates if not _held(gate, good, found)]:
            raise _refused("not_run", f"{about} does not say that these gates hold: {', '.join(missing)}")
        age = self.clock() - found.finished_ms
        if (
            self.max_age_ms is not None
            and not -self.ring.skew_ms <= age <= self.max_age_ms + self.ring.skew_ms
        ):
            days = f"{age / DAY_MS:.1f} days old, {self.max_age_ms / DAY_MS:g} are allowed"
            raise _refused(
                "expired", f"{about} is {days if age > 0 else 'from the future: compare the clocks'}"
            )


@dataclass(frozen=True, slots=True)
class Gated:
    """An admission that wants a bundle to have passed its gates, on top of what another one wants."""

    requirement: Requirement
    inner: Admission | None = None
    store: Path | None = None
    """Folder with statements by revision, as a store keeps them."""

    def admit(self, held: Contents) -> Contents:
        """As :meth:`gateway.policy.source.Admission.admit`."""
        admitted = self.inner.admit(held) if self.inner else held
        self.proof(load(admitted).revision, admitted.root)
        return admitted

    def proof(self, revision: str, root: Path) -> Statement:
        """The statement that lets a revision pass. Raises as :meth:`Requirement.keep`."""
        kept = (kept_in(self.store, revision),) if self.store else ()
        return self.requirement.keep(revision, "the bundle", (beside(root), *kept))


def kept_in(folder: Path, revision: str) -> Path:
    """Where a folder of statements has those about a revision."""
    return folder / f"{revision.removeprefix('sha256:')}{SUFFIX}"


def is_gate(rule: str) -> bool:
    """Whether a complaint is a refusal of this kind."""
    return rule.startswith(RULE)


def _held(gate: str, good: frozenset[str], found: Statement) -> bool:
    """Whether a gate holds; one that became several, ``gate[value]``, holds where all of those do."""
    if gate in good:
        return True
    family = {one for one in found.passed | found.warned | found.failed if one.startswith(f"{gate}[")}
    return bool(family) and family <= good


def _named(gates: frozenset[str]) -> str:
    return ", ".join(sorted(gates)) or "no gate is named"


def _refused(rule: str, message: str) -> BundleError:
    return BundleError(".", 1, f"{RULE}{rule}", message)
