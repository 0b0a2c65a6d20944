"""The words of the policy language: what a bundle may define, shared by the engine and the checker."""

import re
from collections.abc import Mapping

from gateway.core.decision import Effect

SETS: frozenset[str] = frozenset(effect.value for effect in Effect if effect is not Effect.ALLOW)
"""Effect sets of ``lictor.request`` and ``lictor.response``. Nothing is needed to allow."""

PHASES = ("request", "response")

PLAN_SETS = frozenset({"detectors", "response_detectors"})
PLAN_CHOICES: Mapping[str, frozenset[str]] = {
    "stream": frozenset({"buffer", "window", "observe"}),
    "fail": frozenset({"closed", "open"}),
    "unknown_part": frozenset({"deny", "pass_unscanned"}),
    "unknown_endpoint": frozenset({"deny", "pass_unscanned"}),
    "annotate": frozenset({"none", "lictor", "azure", "both"}),
}
"""Rules of the plan with a word out of a few."""

PLAN_RULES = PLAN_SETS | PLAN_CHOICES.keys() | {"deadline_ms", "record_content"}

VERDICT_FIELDS = frozenset({"rule", "reason", "controls", "findings", "fail"})
PARAMETERS: Mapping[Effect, frozenset[str]] = {
    Effect.ALLOW: frozenset(),
    Effect.FLAG: frozenset(),
    Effect.REDACT: frozenset({"with"}),
    Effect.REPLACE: frozenset({"text"}),
    Effect.STRIP_TOOL: frozenset({"tool"}),
    Effect.ROUTE: frozenset({"upstream"}),
    Effect.REQUIRE_APPROVAL: frozenset(),
    Effect.DENY: frozenset(),
}
"""What each effect needs besides :data:`VERDICT_FIELDS`; all of it is required."""

OPTIONAL: Mapping[Effect, frozenset[str]] = {
    effect: frozenset({"answer", "headers"} if effect is Effect.DENY else {"headers"}) for effect in Effect
}
"""What an effect may have besides: ``answer`` in place of an error, ``headers`` for the caller."""

HEADER_NAME = re.compile(r"x-[a-z0-9][a-z0-9-]{0,61}")
HEADER_VALUE = re.compile(r"[!-~](?:[ -~]{0,254}[!-~])?")
RESERVED_HEADERS = ("x-lictor-", "x-request-id", "x-should-retry", "x-ratelimit-", "x-forwarded-", "x-envoy-")
"""Beginnings of names that mean something to clients and proxies already."""

MASKINGS = frozenset({"mask", "hash", "format", "placeholder"})
"""What ``redact`` may put in place of a value."""

RULE_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
RESERVED_RULES = frozenset({
    "coverage.incomplete", "coverage.unknown_part", "obligation.unmet", "policy.fault",
})  # fmt: skip
"""Rule ids that only the gateway itself uses."""

IMPURE = frozenset({
    "http.send", "io.jwt.decode_verify", "net.lookup_ip_addr", "opa.runtime", "rand.intn",
    "time.now_ns", "trace", "uuid.rfc4122",
})  # fmt: skip
"""Builtins whose answer depends on more than their arguments: a decision could not be repeated."""


def wrong_header(name: object, value: object) -> str:
    """What is wrong with a header that a rule adds to the caller's answer, or an empty string.

    Everything that could end one header and begin another (RFC 9112 section 11.1) is outside of what the
    two expressions let through.
    """
    if not isinstance(name, str) or not HEADER_NAME.fullmatch(name):
        return "the name of a header must begin with `x-`: lower case, digits and dashes, 64 at most"
    if name.startswith(RESERVED_HEADERS):
        return f"the header `{name}` is not a rule's to set"
    if not isinstance(value, str) or not HEADER_VALUE.fullmatch(value):
        return f"the value of `{name}` must be printable ASCII, 1 to 256 characters"
    return ""
