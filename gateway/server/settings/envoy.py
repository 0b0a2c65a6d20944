"""``[envoy]``: the service that an Envoy asks."""

from gateway.server.settings.section import Section


class EnvoySettings(Section):
    """``[envoy]``: external processing for an Envoy that carries the traffic itself."""

    listen: str = ""
    """Address of the gRPC service, such as ``127.0.0.1:4001`` or ``unix:/run/lictor.sock``; no service
    without one."""
