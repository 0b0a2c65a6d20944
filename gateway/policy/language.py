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
}
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
