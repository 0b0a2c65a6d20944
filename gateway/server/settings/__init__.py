"""Settings: one TOML file, checked whole before anything starts. One part of it a file.

    section      what all sections have in common
    server, policy, gates, keys, opa, reports, audit, keeping, recording, envoy, detectors, upstreams, callers
    file         the whole: read and checked, or the settings without a file
    resolving    keys and routes from it

Every complaint names the file and the key. Credentials are never in the file: it names the
environment variables that hold them.
"""

from gateway.server.settings.audit import AuditSettings
from gateway.server.settings.callers import CallerSettings
from gateway.server.settings.detectors import ClassifierSettings, ValidatorSettings
from gateway.server.settings.envoy import EnvoySettings
from gateway.server.settings.file import Settings, defaults, load
from gateway.server.settings.gates import GateKeySettings, GateSettings
from gateway.server.settings.keeping import RetentionSettings, VaultSettings
from gateway.server.settings.opa import OpaSettings
from gateway.server.settings.policy import PolicyKeySettings, PolicySettings
from gateway.server.settings.recording import RecordingSettings
from gateway.server.settings.reports import DecisionLogSettings, StatusSettings
from gateway.server.settings.resolving import log_place, routing, secret
from gateway.server.settings.server import ServerSettings
from gateway.server.settings.upstreams import AwsSettings, RouteSettings, UpstreamSettings

__all__ = [
    "AuditSettings",
    "AwsSettings",
    "CallerSettings",
    "ClassifierSettings",
    "DecisionLogSettings",
    "EnvoySettings",
    "GateKeySettings",
    "GateSettings",
    "OpaSettings",
    "PolicyKeySettings",
    "PolicySettings",
    "RecordingSettings",
    "RetentionSettings",
    "RouteSettings",
    "ServerSettings",
    "Settings",
    "StatusSettings",
    "UpstreamSettings",
    "ValidatorSettings",
    "VaultSettings",
    "defaults",
    "load",
    "log_place",
    "routing",
    "secret",
]
