"""Where the bundle that ships with the gateway lies."""

from gateway.policy.shipped import baseline, shipped

__all__ = ["baseline", "shipped"]
