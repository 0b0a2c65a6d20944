"""What the commands of a rollout share: the store and the log that the settings name, and who asks."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli.common import CONFIG, FAILED, complaints, fail, say
from gateway.core.errors import ConfigError, RecordFault

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.policy.complaint import Complaint
    from gateway.policy.rollout import By, Rollout
    from gateway.policy.serial import Highest
    from gateway.policy.source import Admission
    from gateway.policy.store import Store
    from gateway.server.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])

REVISION = click.argument("revision")


def signed(command: Command) -> Command:
    """The options of a command that takes a step: who, why, and where."""
    for option in (
        click.option("--reason", required=True, help="Why; goes into the record."),
        click.option("--approver", required=True, help="Who approves; goes into the record."),
        CONFIG,
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one step is taken."""

    settings: "Settings"
    store: "Store"
    admission: "Admission | None" = None
    """Whose signatures count, where the settings have keys."""

    def in_order(self, bundle: Path) -> None:
        """End the command where a bundle has complaints, its signature included."""
        from gateway.policy.check import check

        found = check(bundle, self.admission)
        for complaint in found:
            click.echo(str(complaint))
        if found:
            self._record_refusal(bundle, found)
            say(f"{bundle}: complaints: {len(found)}; nothing was changed")
            sys.exit(FAILED)

    def with_statements(self, file: Path | None) -> "Desk":
        """The same desk, which looks for signed statements in one more file."""
        from gateway.policy.required import Gated

        if file is None or not isinstance(self.admission, Gated):
            return self
        asked = self.admission.requirement
        more = replace(asked, files=(*asked.files, file))
        return replace(self, admission=replace(self.admission, requirement=more))

    def proof(self, revision: str) -> Mapping[str, str]:
        """For the record: the statement that lets a revision pass, where gates are required."""
        from gateway.policy.required import Gated

        if not isinstance(self.admission, Gated):
            return {}
        found = self.admission.proof(revision, self.store.bundle(revision))
        return {"gates": found.digest, "gates_by": found.signer}

    def newest(self, bundle: Path, *, allow_older: bool) -> Mapping[str, str]:
        """End the command where the store took in a bundle with a higher serial; or what to record of it."""
        from gateway.policy.complaint import Complaint
        from gateway.policy.contents import BundleError
        from gateway.policy.reading import contents

        try:
            self.highest.refuse_older(contents(bundle))
        except BundleError as refusal:
            if allow_older:
                return {"older": refusal.message}
            where = f"{bundle}/{refusal.file}"
            self._record_refusal(bundle, [Complaint(where, refusal.line, refusal.rule, refusal.message)])
            fail(f"{refusal}; --allow-older takes it all the same; nothing was changed", FAILED)
        return {}

    @property
    def highest(self) -> "Highest":
        """The highest serial that the store has taken in."""
        from gateway.policy.serial import Highest

        return Highest(self.store.root / "serial")

    def _record_refusal(self, bundle: Path, found: "Sequence[Complaint]") -> None:
        """That somebody tried to release what has not passed its gates, or is past, is worth knowing."""
        from gateway.audit.record import bundle_record
        from gateway.policy.required import is_gate
        from gateway.policy.serial import RULE

        why = next((one for one in found if is_gate(one.rule) or one.rule == RULE), None)
        if why is None:
            return
        now = self.store.rollout()
        kept = now.enforced if now else ""
        with self._log() as log:
            if log is not None:
                log.append_sync(
                    bundle_record(kept, kept, accepted=False, reason=str(why), source=str(bundle))
                )

    def take(
        self,
        action: str,
        who: "By",
        step: "Callable[[Rollout], Rollout]",
        revision: str,
        evidence: Mapping[str, str] | None = None,
    ) -> "Rollout":
        """Record the step and take it; or end the command, and nothing is changed."""
        from gateway.server.releasing import Deed, needed, take

        deed = Deed(action, who, revision, evidence=evidence)
        with self._log() as log:
            return take(self.store, log, deed, lambda now: step(needed(now)))

    @contextmanager
    def _log(self) -> "Iterator[AuditLog | None]":
        """The audit log, which this process writes to as one more of the node's."""
        from gateway.audit.keys import Signer
        from gateway.audit.log import AuditLog

        audit = self.settings.audit
        if not audit.enabled:
            say("the audit log is switched off: this step leaves no record")
            yield None
            return
        signer = Signer.load_or_create(audit.keys / "log.key", audit.origin)
        log = AuditLog.open(audit.path, origin=audit.origin, signer=signer, node=audit.node)
        try:
            yield log
        finally:
            log.close_sync()


@contextmanager
def desk(config: Path | None) -> Iterator[Desk]:
    """The store that the settings name, begun with their bundle where it is empty.

    What goes wrong is told in one line; a record that cannot be written is exit code 1.
    """
    from gateway.policy.shipped import baseline
    from gateway.policy.store import Store
    from gateway.server.releasing import seed
    from gateway.server.settings import Settings, load
    from gateway.server.trust import trust

    with complaints():
        try:
            settings = load(config) if config else Settings()
            if settings.policy.store is None:
                raise ConfigError("policy.store: the settings name no policy store")
            store = Store(settings.policy.store)
            admission = trust(settings.policy, os.environ)
            seed(store, Path(settings.policy.bundle) if settings.policy.bundle else baseline(), admission)
            yield Desk(settings, store, admission)
        except RecordFault as fault:
            fail(f"{fault}; nothing was changed", FAILED)


def told(rollout: "Rollout") -> None:
    """Say where the rollout stands."""
    say(sentence(rollout))


def sentence(rollout: "Rollout") -> str:
    """Where a rollout stands, in one line."""
    text = f"version {rollout.version}: {rollout.enforced} decides"
    if not rollout.candidate:
        return text
    where = {
        "none": "is submitted",
        "shadow": f"is in shadow for {rollout.sample:.0%} of the exchanges",
        "canary": f"decides for {rollout.percent:g} % of the tenants",
    }[rollout.stage]
    missing = f"; approved by {', '.join(rollout.approvals)}" if rollout.approvals else ""
    return f"{text}; {rollout.candidate} {where}{missing}"
