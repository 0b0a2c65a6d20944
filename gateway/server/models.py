"""The classifiers that the settings ask for."""

import logging
from collections.abc import Mapping
from pathlib import Path

from gateway.core.errors import ConfigError
from gateway.detect.onnx.assemble import Installed, Options, assemble
from gateway.detect.onnx.manifest import SHIPPED, shipped
from gateway.policy.beside import beside
from gateway.server.settings import ClassifierSettings
from gateway.server.trust import requirement

_log = logging.getLogger(__name__)


def models(settings: ClassifierSettings, environment: Mapping[str, str]) -> Installed:
    """Load them. What was left to the gateway to decide is said in the log.

    Raises:
        ConfigError: they are demanded and cannot be had, a file is not the one in its manifest, or a model
            has not passed the gates that are required.
    """
    installed = assemble(Options(**settings.model_dump(exclude={"require_gate"})), environment)
    try:
        _passed(settings, environment, installed)
    except ConfigError:
        installed.close()
        raise
    if installed.absence and settings.enabled == "auto":
        _log.warning("classifiers do not run: %s", installed.absence)
    for status in installed.statuses:
        _log.info("classifier %s runs on %s: %s", status.model.id, status.device, status.reason)
    return installed


def _passed(settings: ClassifierSettings, environment: Mapping[str, str], installed: Installed) -> None:
    """Raise where a model, as it was loaded, lacks a statement that it passed what the settings require."""
    if settings.require_gate is None:
        return
    asked = requirement(settings.require_gate, "classifiers.require_gate", environment)
    manifests = [shipped() if name == SHIPPED else Path(name) for name in settings.manifests]
    for status in installed.statuses:
        asked.keep(status.model.digest, f"the model {status.model.id}", tuple(map(beside, manifests)))


def listed(installed: Installed) -> dict[str, object]:
    """What runs where and why, as the admin API tells it."""
    return {
        "absence": installed.absence,
        "models": [
            {
                "id": status.model.id,
                "version": status.model.version,
                "task": status.model.task,
                "digest": status.model.digest,
                "sha256": status.model.sha256,
                "licence": status.model.licence,
                "source": status.model.source,
                "revision": status.model.revision,
                "labels": [label.score for label in status.model.labels if label.score],
                "spans": sorted(status.model.kinds),
                "device": status.device,
                "reason": status.reason,
                "precision": status.precision,
            }
            for status in installed.statuses
        ],
    }


def running(installed: Installed) -> dict[str, object]:
    """The same in short, for the health endpoint, which anybody may ask: devices, but no addresses."""
    devices = {
        status.model.id: {"device": status.device, "reason": "" if status.model.remote else status.reason}
        for status in installed.statuses
    }
    return {"absence": installed.absence, "models": devices}
