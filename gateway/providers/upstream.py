"""Upstreams, and the routes that choose between them."""

import fnmatch
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self, get_args

from gateway.core.errors import ConfigError

Family = Literal["openai", "anthropic", "gemini", "tgi", "bedrock"]
"""What callers speak; ``bedrock`` is spoken by upstreams only, and always translated."""

Dialect = Literal["openai", "anthropic", "gemini", "tgi", "bedrock", "azure"]
"""What an upstream speaks: a family, or one of its variants. ``azure`` is OpenAI's with other paths."""

# RFC 9110 section 5.5: what may stand in a field value that we write ourselves.
_FIELD_VALUE = re.compile(r"[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*")
_REGION = re.compile(r"[a-z0-9-]+")
_BASE_URL = re.compile(r"https?://[^/?#@\s]+(?:/[^?#\s]*)?")


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """What signs requests to AWS in one of its regions."""

    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Upstream:
    """One place that answers requests: a provider, a proxy of one, a local model."""

    name: str
    dialect: Dialect
    base_url: str
    """Everything before the endpoint's path, such as ``https://api.openai.com/v1``."""

    key: str | None = field(default=None, repr=False)
    """The gateway's own credential there. None: the caller's own credential is passed on."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """Operator's labels, such as ``trust = "internal"``; policy reads them."""

    connect_timeout_s: float = 5.0
    read_timeout_s: float = 600.0
    """Longest silence: the time without a byte, before the answer and inside it."""

    total_timeout_s: float = 0.0
    """Longest exchange, end of a stream included; 0 is none."""

    retries: int = 1
    """How often the upstream may be asked again within one exchange."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request, in place of the caller's of the same name."""

    models: Mapping[str, str] = field(default_factory=dict)
    """The caller's model name to the name that this upstream knows."""

    api_version: str = ""
    """Azure's ``api-version``, where the caller brings none."""

    aws: AwsCredentials | None = None
    """What signs the requests to Bedrock, in place of a key."""

    def __post_init__(self) -> None:
        if self.dialect not in get_args(Dialect):
            raise ConfigError(
                f"upstream {self.name!r}: dialect must be one of {', '.join(get_args(Dialect))}"
            )
        if (self.dialect == "azure") != bool(self.api_version):
            raise ConfigError(f"upstream {self.name!r}: api_version is needed for 'azure', and only there")
        if self.aws is not None:
            self._check_aws(self.aws)
        if not _BASE_URL.fullmatch(self.base_url):
            raise ConfigError(f"upstream {self.name!r}: base_url must be an http(s) URL without query")
        if self.key is not None and not _FIELD_VALUE.fullmatch(self.key):
            raise ConfigError(f"upstream {self.name!r}: key is empty or has characters no header may carry")
        if not all(_FIELD_VALUE.fullmatch(part) for pair in self.headers.items() for part in pair):
            raise ConfigError(f"upstream {self.name!r}: headers has a name or value no header may carry")
        if min(self.connect_timeout_s, self.read_timeout_s) <= 0 or self.total_timeout_s < 0:
            raise ConfigError(f"upstream {self.name!r}: timeouts must be positive")
        if self.retries < 0:
            raise ConfigError(f"upstream {self.name!r}: retries must not be negative")

    def _check_aws(self, aws: AwsCredentials) -> None:
        if self.dialect != "bedrock" or self.key is not None:
            raise ConfigError(f"upstream {self.name!r}: aws is for 'bedrock', and not beside a key")
        if not all(map(_FIELD_VALUE.fullmatch, (aws.access_key_id, aws.session_token or "-"))):
            raise ConfigError(f"upstream {self.name!r}: aws has characters no header may carry")
        if not _REGION.fullmatch(aws.region) or not aws.secret_access_key:
            raise ConfigError(f"upstream {self.name!r}: aws needs a region and a secret key")

    @property
    def family(self) -> Family:
        """Whose callers it can serve without translation."""
        return "openai" if self.dialect == "azure" else self.dialect

    def model_for(self, model: str) -> str:
        """The name under which this upstream knows the model."""
        return self.models.get(model, model)


@dataclass(frozen=True, slots=True)
class Route:
    """Which upstreams serve which models, for which tenants."""

    pattern: str
    """Shell-style glob over the model's name, matched with its case."""

    upstreams: tuple[str, ...]
    """Names of the upstreams, first choice first."""

    tenants: tuple[str, ...] = ()
    """Who may use the route; empty is everyone."""

    audit: Literal["required", "best_effort"] = "required"
    """Whether its exchanges fail where their records cannot be made durable, or go on."""

    def is_open_to(self, tenant: str) -> bool:
        """Whether the tenant may use the route."""
        return not self.tenants or tenant in self.tenants


class Routing:
    """The routes in order: the first that fits model and tenant serves the exchange.

    Raises:
        ConfigError: names that do not exist, names given twice, routes that nothing can reach.
    """

    def __init__(self, routes: Sequence[Route], upstreams: Iterable[Upstream]) -> None:
        listed = tuple(upstreams)
        self.routes = tuple(routes)
        self.upstreams: Mapping[str, Upstream] = {upstream.name: upstream for upstream in listed}
        _refuse_repeats("upstreams", (upstream.name for upstream in listed))
        self._compiled = tuple(_Compiled.of(route, self._resolve(i, route)) for i, route in enumerate(routes))
        _refuse_unreachable(self.routes)

    def match(self, model: str, tenant: str) -> tuple[Route, tuple[Upstream, ...]] | None:
        """The route that serves the model for the tenant, and its upstreams; None where none does."""
        for route in self._compiled:
            if route.fits(model, tenant):
                return route.route, route.upstreams
        return None

    def reachable(self, tenant: str) -> tuple[Upstream, ...]:
        """The upstreams that some route opens to the tenant, in the order in which they were given."""
        names = {name for route in self.routes if route.is_open_to(tenant) for name in route.upstreams}
        return tuple(upstream for upstream in self.upstreams.values() if upstream.name in names)

    def _resolve(self, index: int, route: Route) -> tuple[Upstream, ...]:
        where = f"routes[{index}] ({route.pattern!r})"
        if not route.upstreams:
            raise ConfigError(f"{where}: names no upstream")
        _refuse_repeats(where, route.upstreams)
        unknown = [name for name in route.upstreams if name not in self.upstreams]
        if unknown:
            raise ConfigError(f"{where}: unknown upstream {unknown[0]!r}")
        return tuple(self.upstreams[name] for name in route.upstreams)


@dataclass(frozen=True, slots=True)
class _Compiled:
    route: Route
    upstreams: tuple[Upstream, ...]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, route: Route, upstreams: tuple[Upstream, ...]) -> Self:
        return cls(route, upstreams, re.compile(fnmatch.translate(route.pattern)))

    def fits(self, model: str, tenant: str) -> bool:
        return self.route.is_open_to(tenant) and self.pattern.match(model) is not None


def _refuse_repeats(where: str, names: Iterable[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ConfigError(f"{where}: {repeated[0]!r} is given twice")


def _refuse_unreachable(routes: Sequence[Route]) -> None:
    for index, route in enumerate(routes):
        for earlier in routes[:index]:
            if _serves_tenants_of(earlier, route) and _covers(earlier.pattern, route.pattern):
                where = f"routes[{index}] ({route.pattern!r})"
                raise ConfigError(f"{where} is unreachable: {earlier.pattern!r} stands before it")


def _serves_tenants_of(earlier: Route, later: Route) -> bool:
    return not earlier.tenants or (bool(later.tenants) and set(later.tenants) <= set(earlier.tenants))


def _covers(wide: str, narrow: str) -> bool:
    """Whether every name that ``narrow`` matches is matched by ``wide``; False where that is unsure.

    A pattern whose only wildcard is ``*`` covers another if it matches the other's *text*: what the
    other's ``*`` or ``?`` stands for is swallowed by the same star that swallowed the sign. Character
    sets do not have that property, so they are compared as they are written.
    """
    if wide in ("*", narrow):
        return True
    comparable = not set("?[]") & set(wide) and not set("[]") & set(narrow)
    return comparable and fnmatch.fnmatchcase(narrow, wide)
