"""``[policy]``: the rules, where they come from and whose signatures count."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from gateway.server.settings.gates import GateSettings
from gateway.server.settings.keys import KeySettings
from gateway.server.settings.opa import OpaSettings
from gateway.server.settings.reports import DecisionLogSettings, StatusSettings
from gateway.server.settings.section import MIB, Positive, Seconds, Section


class PolicyKeySettings(KeySettings):
    """``[[policy.keys]]``: public keys whose signatures on bundles count."""

    scope: str = ""
    """What its signatures must be for."""


class RemoteSettings(Section):
    """``[policy.remote]``: how a bundle is fetched from a web server."""

    token_env: str = ""
    """Variable with a bearer token."""

    poll_s: Seconds = 30.0
    """How often the server is asked; less often while it fails."""

    timeout_s: Seconds = 30.0
    limit_bytes: Positive = 16 * MIB
    copies: Path = Path("var/policy")
    """Folder with the last good copy, for a start without the server."""


class PolicySettings(Section):
    """``[policy]``"""

    enabled: bool = True
    engine: Literal["embedded", "opa"] = "embedded"
    """Who evaluates the rules: this process, or the OPA of ``[policy.opa]``."""

    opa: OpaSettings = OpaSettings()
    decision_logs: DecisionLogSettings = DecisionLogSettings()
    status: StatusSettings = StatusSettings()
    bundle: str | None = None
    """Folder, archive (``.tar.gz``) or http(s) address of one; the baseline that ships with the package where
    none is named."""

    reload_s: Seconds = 1.0
    """How often the files, or the store, is looked at for changes."""

    require_signature: bool | Literal["auto"] = "auto"
    """``auto``: of bundles from a web server, and wherever there are keys."""

    clock_skew_s: Annotated[float, Field(ge=0)] = 300.0
    """How far clocks may be apart where the validity of keys and signatures is judged."""

    keys: tuple[PolicyKeySettings, ...] = ()
    require_gate: GateSettings | None = None
    """Signed evidence that a bundle has passed its gates, without which it is not put in force."""

    remote: RemoteSettings = RemoteSettings()

    @property
    def remote_bundle(self) -> bool:
        """True when the bundle comes from a web server."""
        return (self.bundle or "").startswith(("http://", "https://"))

    @property
    def signature_required(self) -> bool:
        """What :attr:`require_signature` comes to."""
        if self.require_signature == "auto":
            return self.remote_bundle or bool(self.keys)
        return self.require_signature

    guards: Path | None = None
    """Folder of declared Guardrails guards; ``shipped/guardrails`` is the one that comes with the package."""

    guard_modules: tuple[str, ...] = ()
    """Modules that validators of declared guards may come from, beside Guardrails' own."""

    rails: tuple[Path, ...] = ()
    """Folders of NeMo rails; ``shipped/nemo/NAME`` is one that comes with the package."""

    store: Path | None = None
    """Folder of revisions and of the rollout, shared by all workers, and by nodes that mount it. Without
    one the bundle's own folder is followed; with one, ``bundle`` is what an empty store begins with."""

    approvals: Annotated[int, Field(ge=1, le=9)] = 1
    """How many different people must approve a promotion."""

    shadow_share: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Share of one processor that a candidate in shadow may take, in each worker."""

    report_s: Seconds = 10.0
    """How often what a shadow saw goes into the log."""
