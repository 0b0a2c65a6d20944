"""Settings: one TOML file, checked whole before anything starts.

Every complaint names the file and the key. Credentials are never in the file: it names the
environment variables that hold them.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from gateway.core.errors import ConfigError
from gateway.providers.upstream import AwsCredentials, Dialect, Route, Routing, Upstream
from gateway.server.anchoring import AnchorSettings

Positive = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]
MIB = 1024 * 1024


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(_Section):
    """``[server]``"""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 4000
    workers: Positive = 1
    body_limit_bytes: Positive = 32 * MIB
    """Largest request body; a larger one is refused with 413."""

    response_limit_bytes: Positive = 64 * MIB
    """Largest response body that is read whole to be checked."""

    upstream_proxy: bool = False
    """Reach upstreams through the proxy that the environment names (``HTTPS_PROXY``, ``NO_PROXY``)."""

    admin_key_env: str = ""
    """Variable with the bearer key of the admin API; without one it answers loopback only."""

    access_log: bool = True

    digest_key_env: str = ""
    """Variable with the key of keyed digests and placeholders, 64 hexadecimal digits, the same on all
    replicas. Without one the key is a file beside the audit log."""


class PolicyKeySettings(_Section):
    """``[[policy.keys]]``: public keys whose signatures on bundles count."""

    id: Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
    """As the signature names it."""

    path: str = ""
    """File with the public key in PEM: Ed25519, or ECDSA on P-256."""

    env: str = ""
    """Variable with the public key, in place of a file."""

    scope: str = ""
    """What its signatures must be for."""

    not_before: AwareDatetime | None = None
    not_after: AwareDatetime | None = None


class RemoteSettings(_Section):
    """``[policy.remote]``: how a bundle is fetched from a web server."""

    token_env: str = ""
    """Variable with a bearer token."""

    poll_s: Seconds = 30.0
    """How often the server is asked; less often while it fails."""

    timeout_s: Seconds = 30.0
    limit_bytes: Positive = 16 * MIB
    copies: Path = Path("var/policy")
    """Folder with the last good copy, for a start without the server."""


class OpaSettings(_Section):
    """``[policy.opa]``: the OPA that is asked where ``policy.engine`` is ``opa``."""

    url: Annotated[str, Field(pattern=r"^https?://[^/?#]+[^?#]*$")] = "http://127.0.0.1:8181"
    package: Annotated[str, Field(pattern=r"^\w+(\.\w+)*$")] = "lictor"
    """The package below which ``request``, ``response`` and ``plan`` are."""

    bundle: str = ""
    """Name of the bundle whose revision counts, where OPA has several."""

    revision: Annotated[str, Field(pattern=r"^([!-~]{1,256})?$")] = ""
    """The revision of policies that are pushed by hand; without one, an OPA without a bundle is a fault."""

    timeout_ms: Positive = 500
    """How long one question may take, waiting for its turn included."""

    fail: Literal["closed", "open"] = "closed"
    """What a question without an answer means."""

    failures: Positive = 5
    """So many in a row, and OPA is not asked for ``cooldown_s``."""

    cooldown_s: Seconds = 5.0
    connections: Positive = 16
    """Questions at a time, in each worker."""

    queue: Positive = 256
    """Questions that may wait for their turn; one more is a fault."""

    wait_s: Annotated[float, Field(ge=0)] = 10.0
    """How long a start waits for OPA; then the gateway serves all the same, by ``fail``."""

    token_env: str = ""
    """Variable with the bearer token."""

    ca: str = ""
    cert: str = ""
    key: str = ""


class DecisionLogSettings(_Section):
    """``[policy.decision_logs]``: decisions as OPA reports them, to a service that speaks OPA's API."""

    service: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
    """URL of the service; events go to ``<service>/logs``. Without one nothing is sent."""

    token_env: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    delay_s: Seconds = 5.0
    """How long events are gathered before they are sent."""

    upload_bytes: Positive = 256 * 1024
    """About how large one upload may get, before it is compressed."""

    buffer_bytes: Positive = 16 * MIB
    """How much may wait, in each worker; beyond that the oldest events are dropped, and counted."""

    erase: tuple[Annotated[str, Field(pattern=r"^/(input|result|requested_by)(/|$)")], ...] = ()
    """JSON pointers to what is taken out of every event, such as ``/input/caller/attributes``."""


class StatusSettings(_Section):
    """``[policy.status]``: status reports as OPA sends them."""

    service: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
    """URL of the service; reports go to ``<service>/status``. Without one nothing is sent."""

    token_env: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    interval_s: Seconds = 30.0


class PolicySettings(_Section):
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


class AuditSettings(_Section):
    """``[audit]``"""

    enabled: bool = True
    path: Path = Path("var/audit")
    origin: str = "lictor.local/gateway"
    """Origin line of the log's checkpoints (C2SP tlog-checkpoint)."""

    node: str = "node-1"
    anchors: tuple[AnchorSettings, ...] = ()
    """``[[audit.anchors]]``"""

    quorum: Annotated[int, Field(ge=0)] = 0
    """How many of the witnesses among the anchors an auditor should ask for; goes into the log's policy."""

    store: str = "files"
    """Where the log lives: ``files`` (in *path*), ``postgres://…`` or ``s3://bucket/prefix``."""

    store_env: str = ""
    """Name of an environment variable that holds *store*, where that has a password in it."""

    endpoint: str = ""
    """Address of the S3-compatible service, where it is not AWS."""

    second: Path | None = None
    """Where the second copy of the last signed checkpoint is kept; beside *path* if it is not said."""

    heartbeat_s: Annotated[float, Field(ge=0)] = 60.0
    """Seconds after which a quiet worker records that it is there; 0 is never."""

    @property
    def keys(self) -> Path:
        """Folder of the keys: beside the log, not in it, for the log's may be served to anyone as it is."""
        return self.path.with_name(self.path.name + ".keys")


class VaultSettings(_Section):
    """``[vault]``: bodies that a plan lets in with ``record_content``, encrypted under their holder's key."""

    enabled: bool = False
    path: Path = Path("var/vault")
    keys: Path = Path("var/vault.keys")
    """Folder of the key store; back it up apart from the vault."""

    subjects: tuple[Annotated[str, Field(pattern=r"^(attributes|body)\.[\w.-]{1,64}$")], ...] = ()
    """What names the person that a call is about: ``attributes.patient``, ``body.user``. A call that
    names none is kept under the key of its tenant's day."""

    retention: str = ""
    """Retention class of the bodies, if it is not that of their records."""


class RetentionSettings(_Section):
    """``[retention]``: how long what stays, by the names of classes."""

    default: str = "ai-act-6m"
    classes: dict[str, str] = Field(default_factory=dict)
    """More classes: a name and a period such as ``90d``, ``18m`` or ``7y``."""

    routes: dict[str, str] = Field(default_factory=dict)
    """By the pattern of a route."""

    types: dict[str, str] = Field(default_factory=dict)
    """By the type of a record."""


class RecordingSettings(_Section):
    """``[recording]``: answers of upstreams, kept and played back. For evaluations, never for production."""

    mode: Literal["off", "record", "replay", "replay-or-fail"] = "off"
    """``record`` asks and keeps, ``replay`` asks only for what is not kept, ``replay-or-fail`` never asks."""

    path: Path = Path("var/recordings")
    used: Path | None = None
    """A file that the key of every answer is appended to that is played back."""


class EnvoySettings(_Section):
    """``[envoy]``: external processing for an Envoy that carries the traffic itself."""

    listen: str = ""
    """Address of the gRPC service, such as ``127.0.0.1:4001`` or ``unix:/run/lictor.sock``; no service
    without one."""


class ClassifierSettings(_Section):
    """``[classifiers]``"""

    enabled: bool | Literal["auto"] = "auto"
    """``auto`` runs the models when they are installed; ``true`` refuses to start without them."""

    manifests: tuple[str, ...] = ("shipped",)
    """Manifests of the models to run; ``shipped`` is the one that comes with the package."""

    device: Literal["auto", "cpu", "cuda", "tensorrt"] = "auto"
    """Where they run; the variable ``LICTOR_DEVICE`` wins."""

    threads: Positive = 1
    """Threads that compute one batch on a processor, in each worker."""

    queue_characters: Positive = 400_000
    """How much text may wait for a model; what comes on top is not checked and reported ``overloaded``."""

    longest_characters: Positive = 100_000
    """Of a longer text only the beginning is checked, and coverage says ``too_long``."""

    cache_verdicts: Positive = 50_000
    """Verdicts that are kept of each model; a span counts as one more."""


class ValidatorSettings(_Section):
    """``[[validators]]``: Guardrails validators as detectors."""

    id: str
    """The name by which a plan asks for it."""

    validator: Annotated[str, Field(pattern=r"^[\w.]+:\w+$")]
    """``module:Class``, such as ``guardrails_ai.ban_list:BanList``."""

    category: str
    label: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    deadline_s: Seconds = 1.0


class AwsSettings(_Section):
    """``aws`` of an upstream: requests are signed, in place of a key."""

    region: str
    access_key_id_env: str = "AWS_ACCESS_KEY_ID"
    secret_access_key_env: str = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - a variable's name
    session_token_env: str = ""


class UpstreamSettings(_Section):
    """``[[upstreams]]``"""

    name: str
    dialect: Dialect
    """What it speaks; ``azure`` is OpenAI's with Azure's paths and credentials."""

    base_url: str
    key_env: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    connect_timeout_s: Seconds = 5.0
    read_timeout_s: Seconds = 600.0
    total_timeout_s: Annotated[float, Field(ge=0)] = 0.0
    retries: Annotated[int, Field(ge=0, le=5)] = 1
    models: dict[str, str] = Field(default_factory=dict)
    """The caller's model name to the name that this upstream knows."""

    api_version: str = ""
    """For ``azure``: the ``api-version`` where the caller brings none."""

    aws: AwsSettings | None = None
    """For ``bedrock``: what signs its requests, in place of ``key_env``."""


class RouteSettings(_Section):
    """``[[routes]]``"""

    model: str
    upstreams: tuple[str, ...]
    tenants: tuple[str, ...] = ()
    audit: Literal["required", "best_effort"] = "required"
    """``best_effort`` lets exchanges go on whose records cannot be made durable; the log tells later."""


class CallerSettings(_Section):
    """``[[callers]]``: who may call, by a key of the gateway's own."""

    id: str
    key_env: str = ""
    key_sha256: str = ""
    tenant: str = "default"
    app: str = ""
    roles: tuple[str, ...] = ()
    attributes: dict[str, str] = Field(default_factory=dict)


class Settings(_Section):
    """The whole file."""

    server: ServerSettings = ServerSettings()
    policy: PolicySettings = PolicySettings()
    audit: AuditSettings = AuditSettings()
    vault: VaultSettings = VaultSettings()
    retention: RetentionSettings = RetentionSettings()
    envoy: EnvoySettings = EnvoySettings()
    recording: RecordingSettings = RecordingSettings()
    classifiers: ClassifierSettings = ClassifierSettings()
    validators: tuple[ValidatorSettings, ...] = ()
    upstreams: tuple[UpstreamSettings, ...] = ()
    routes: tuple[RouteSettings, ...] = ()
    callers: tuple[CallerSettings, ...] = ()


def load(path: Path) -> Settings:
    """Read and check a settings file.

    Raises:
        ConfigError: it cannot be read, is no TOML, or has a key that is unknown or wrong.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    try:
        return _validated(tomllib.loads(text), str(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None


_PROVIDERS = (
    ("openai", "https://api.openai.com/v1", ("OPENAI_API_KEY",)),
    ("anthropic", "https://api.anthropic.com/v1", ("ANTHROPIC_API_KEY",)),
    ("gemini", "https://generativelanguage.googleapis.com/v1beta", ("GOOGLE_API_KEY", "GEMINI_API_KEY")),
)
"""Where each provider is, and the variables in which its own client looks for a key."""


def defaults(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings without a file: the providers, each with its usual key variable if that is set;
    otherwise the caller's own key is passed on."""
    upstreams = [
        {
            "name": name,
            "dialect": name,
            "base_url": url,
            "key_env": next((variable for variable in variables if environment.get(variable)), ""),
        }
        for name, url, variables in _PROVIDERS
    ]
    routes = [
        {"model": "claude-*", "upstreams": ["anthropic"]},
        {"model": "gemini-*", "upstreams": ["gemini"]},
        {"model": "gemma-*", "upstreams": ["gemini"]},
        {"model": "*", "upstreams": ["openai"]},
    ]
    return _validated({"upstreams": upstreams, "routes": routes}, "defaults")


def log_place(settings: Settings, environment: Mapping[str, str] = os.environ) -> Path | str:
    """Where the log can be read: its folder, or the location of its store."""
    audit = settings.audit
    location = secret(environment, audit.store_env, "audit.store_env") or audit.store
    return audit.path if location == "files" else location


def routing(settings: Settings, environment: Mapping[str, str] = os.environ) -> Routing:
    """Upstreams with their keys resolved, and the routes over them.

    Raises:
        ConfigError: a named variable is not set, or a route names no upstream.
    """
    upstreams = [_upstream(entry, environment) for entry in settings.upstreams]
    if settings.callers:
        _refuse_keyless(upstreams)
    routes = [Route(entry.model, entry.upstreams, entry.tenants, entry.audit) for entry in settings.routes]
    return Routing(routes, upstreams)


def _upstream(entry: UpstreamSettings, environment: Mapping[str, str]) -> Upstream:
    return Upstream(
        name=entry.name,
        dialect=entry.dialect,
        base_url=entry.base_url,
        key=secret(environment, entry.key_env, f"upstreams.{entry.name}.key_env"),
        labels=entry.labels,
        headers=entry.headers,
        connect_timeout_s=entry.connect_timeout_s,
        read_timeout_s=entry.read_timeout_s,
        total_timeout_s=entry.total_timeout_s,
        retries=entry.retries,
        models=entry.models,
        api_version=entry.api_version,
        aws=_aws(entry.aws, environment, f"upstreams.{entry.name}.aws") if entry.aws else None,
    )


def _aws(entry: AwsSettings, environment: Mapping[str, str], where: str) -> AwsCredentials:
    def held(key: str) -> str:
        return secret(environment, getattr(entry, key), f"{where}.{key}") or ""

    return AwsCredentials(
        entry.region, held("access_key_id_env"), held("secret_access_key_env"), held("session_token_env")
    )


def secret(environment: Mapping[str, str], variable: str, where: str) -> str | None:
    """The value of a named variable, or None where none is named.

    Raises:
        ConfigError: the variable is named but not set.
    """
    if not variable:
        return None
    value = environment.get(variable, "")
    if not value:
        raise ConfigError(f"{where}: the environment variable {variable} is not set")
    return value


def _refuse_keyless(upstreams: list[Upstream]) -> None:
    """A caller's gateway key must never reach a provider in place of the provider's own."""
    for upstream in upstreams:
        if upstream.key is None and upstream.aws is None:
            raise ConfigError(
                f"upstreams.{upstream.name}.key_env: needed, since [[callers]] bring keys of "
                "the gateway's own that are not passed on"
            )


def _validated(raw: Mapping[str, object], where: str) -> Settings:
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{where}: {_complaint(part)}" for part in error.errors())) from None


def _complaint(part: ErrorDetails) -> str:
    key = ".".join(str(step) for step in part["loc"])
    return f"{key}: {'there is no such key' if part['type'] == 'extra_forbidden' else part['msg']}"
