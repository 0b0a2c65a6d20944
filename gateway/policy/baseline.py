"""Where the bundle that ships with the gateway lies."""

from gateway.policy.shipped import baseline

__all__ = ["baseline"]
