"""Faults. A denial is a value and never an exception; what is raised is somebody's fault.

LictorError
├── CallerError          the caller's fault: safe to show, 4xx in the caller's dialect
├── UpstreamError        the provider's or the network's fault: 502 or 504
└── GatewayFault         ours: details stay in the log, the caller sees a fixed sentence
├── ConfigError      settings that cannot be used; raised at start or reload
├── PolicyFault      the policy engine could not answer; never an allow
└── RecordFault      the record could not be made durable; nothing is released
"""


class LictorError(Exception):
    """Base of everything raised on purpose."""


class CallerError(LictorError):
    """The caller's request cannot be served as sent.

    ``status`` is a 4xx, ``code`` a stable machine word, ``param`` the RFC 6901 pointer or name of
    the offending field (or None). The message never repeats content or credentials.
    """

    def __init__(self, status: int, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param


class UpstreamError(LictorError):
    """No usable answer came from the upstream. ``code`` is ``unreachable``, ``timeout`` or
    ``protocol``; ``status`` what the caller should get (502 or 504)."""

    def __init__(self, code: str, message: str, *, upstream: str = "", attempts: int = 1) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.upstream = upstream
        self.attempts = attempts
        self.status = 504 if code == "timeout" else 502


class GatewayFault(LictorError):
    """Something of ours failed; nothing is released."""


class ConfigError(GatewayFault):
    """Settings that cannot be used. The message names the file and the key."""


class PolicyFault(GatewayFault):
    """The policy engine could not answer. ``why`` is a machine word where there is more to say."""

    def __init__(self, message: str = "", *, why: str = "") -> None:
        super().__init__(message)
        self.why = why

    @property
    def code(self) -> str:
        """What the record says: ``policy_fault``, or ``policy_fault.timeout`` and the like."""
        return f"policy_fault.{self.why}" if self.why else "policy_fault"


class RecordFault(GatewayFault):
    """The decision record could not be made durable."""
