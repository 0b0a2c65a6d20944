"""Status reports as OPA sends them: which revision is in force, since when, and what is wrong."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from gateway.server.reporting.service import Service, Undelivered

_log = logging.getLogger("lictor")
LOOK_S = 1.0


class Health(NamedTuple):
    """How policy does."""

    revision: str
    code: str = ""
    """A machine word for what is wrong; empty where nothing is."""

    message: str = ""


@dataclass(slots=True)
class Times:
    """When what happened."""

    requested: str = ""
    activated: str = ""
    revision: str = ""

    def note(self, health: Health) -> bool:
        """Look at policy; True where another revision is in force."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self.requested = now
        if health.revision == self.revision:
            return False
        self.revision, self.activated = health.revision, now
        return True


class Status:
    """Reports on a change at once, and every so often."""

    def __init__(  # noqa: PLR0913 - what can be set, and what is reported
        self,
        service: Service,
        *,
        labels: Mapping[str, str],
        interval_s: float,
        bundle: str,
        health: Callable[[], Health],
        logs: Callable[[], str],
    ) -> None:
        self._service = service
        self._labels = labels
        self._interval_s = interval_s
        self._bundle = bundle
        self._health = health
        self._logs = logs
        self._times = Times()
        self._ailing = False

    async def run(self) -> None:
        """Report until cancelled."""
        loop = asyncio.get_running_loop()
        due, before = loop.time(), Health("")
        while True:
            health = self._health()
            changed = self._times.note(health) or health != before
            if changed or loop.time() >= due:
                await self._send(health)
                due, before = loop.time() + self._interval_s, health
            await asyncio.sleep(min(LOOK_S, self._interval_s))

    def report(self, health: Health) -> dict[str, Any]:
        """The report."""
        times = self._times
        bundle: dict[str, Any] = {"name": self._bundle, "last_request": times.requested}
        if health.revision:
            bundle |= {
                "active_revision": health.revision,
                "last_successful_activation": times.activated,
                "last_successful_download": times.activated,
                "last_successful_request": times.requested,
            }
        if health.code:
            bundle |= {"code": health.code, "message": health.message}
        logs = self._logs()
        return {
            "labels": self._labels,
            "bundles": {self._bundle: bundle},
            "plugins": {
                "bundle": {"state": "ERROR" if health.code else "OK"},
                "decision_logs": {"state": "ERROR", "message": logs} if logs else {"state": "OK"},
                "status": {"state": "OK"},
            },
            "decision_logs": {"code": "decision_log_error", "message": logs} if logs else {},
        }

    async def _send(self, health: Health) -> None:
        try:
            await asyncio.to_thread(self._service.post, "status", orjson.dumps(self.report(health)))
        except Undelivered as error:
            if not self._ailing:
                _log.warning("status is not delivered: %s", error)
            self._ailing = True
        else:
            self._ailing = False
