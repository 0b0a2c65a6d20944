"""What one worker runs, as its admin routes show it and its status reports tell it."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from gateway.audit.anchors import Anchorer
from gateway.audit.log import AuditLog
from gateway.audit.reader import find as find_records
from gateway.detect.onnx.assemble import Installed
from gateway.policy.releases import Following, Releases
from gateway.policy.rollout import document
from gateway.server import rails
from gateway.server.admin import Console
from gateway.server.follower import Follower
from gateway.server.following import Followed
from gateway.server.governing import Ungoverned
from gateway.server.metrics import Metrics
from gateway.server.models import listed, running
from gateway.server.opa import Opa
from gateway.server.presence import everybody, status_folder
from gateway.server.rails import Declared
from gateway.server.reporting.status import Health
from gateway.server.settings import Settings
from gateway.wire.census import census

Json = dict[str, Any]


@dataclass(slots=True)
class Worker:
    """The parts of one worker that can be asked about."""

    settings: Settings
    models: Installed
    declared: Declared
    metrics: Metrics
    followed: Followed | None
    opa: Opa | None
    log: AuditLog | None = None
    anchorer: Anchorer | None = None
    follower: Follower | None = None
    serving: bool = False
    """Whether exchanges are taken: policy is loaded and the log is open."""

    @property
    def authority(self) -> Following | None:
        """What decides in this process; None where nothing does, or a real OPA."""
        return self.followed.authority if self.followed else None

    def console(self) -> Console:
        """What the admin routes can see and do."""
        return Console(
            coverage=lambda: [asdict(entry) for entry in census()],
            policy=self.policy,
            reload=self.reload,
            status=self.status,
            decision=self.records,
            models=lambda: {**listed(self.models), "declared": rails.listed(self.declared)},
            running=partial(running, self.models),
            log=self.checkpoint,
            ready=lambda: self.serving,
            metrics=self.metrics.text,
        )

    def health(self) -> Health:
        """How policy does, for status reports."""
        if self.opa is not None:
            return self.opa.health()
        if self.authority is None:
            return Health("")
        last = self.authority.last_reload
        refused = last is not None and not last.accepted
        return Health(
            self.authority.revision,
            "bundle_error" if refused else "",
            last.reason if last and refused else "",
        )

    def policy(self) -> Json:
        """The revision in force, where it came from, and how the last reload went."""
        if self.opa is not None:
            return {"enabled": True, **self.opa.state()}
        if self.authority is None:
            return {"enabled": False, "revision": Ungoverned.revision}
        last, now = self.authority.last_reload, self.authority.choose("")
        remote = self.followed.remote if self.followed else None
        return {
            "enabled": True,
            "revision": now.revision,
            "source": now.source,
            "key": now.key,
            "remote": remote.state() if remote else None,
            "last_reload": asdict(last) if last else None,
        }

    async def reload(self) -> Json:
        """Look for a new revision now."""
        if self.opa is not None:
            return {"accepted": False, "reason": "OPA loads its bundles itself"}
        if self.follower is None:
            return {"accepted": False, "reason": "policy is not enabled"}
        return await self.follower.reload()

    def status(self) -> Json:
        """The rollout, and what every worker of every node that shares the folder runs."""
        folder = status_folder(self.settings)
        workers = everybody(folder) if folder is not None else []
        rollout = self.authority.state.rollout if isinstance(self.authority, Releases) else None
        alive = [each for each in workers if not each["stale"]]
        return {
            "rollout": document(rollout) if rollout else None,
            "agreed": len({(each.get("revision"), each.get("canary")) for each in alive}) <= 1,
            "this": {"node": self.settings.audit.node, "pid": os.getpid()},
            "workers": workers,
        }

    def records(self, exchange_id: str) -> list[Json]:
        """The records of one exchange."""
        found = find_records(self.log.store if self.log else self.settings.audit.path, exchange_id)
        return [{"index": index, **record} for index, record in found]

    def checkpoint(self) -> Mapping[str, Any]:
        """The last signed checkpoint, who attests it, and how many decisions are not in the log."""
        head = self.log.head() if self.log else None
        if head is None:
            return {"checkpoint": None}
        return {
            "checkpoint": {"origin": head.origin, "size": head.size, "root": head.root.hex()},
            "anchors": self.anchorer.state() if self.anchorer else [],
            "bypassed": self.log.bypassed if self.log else 0,
        }
