"""Envoy's external processing: Envoy carries the traffic, and asks here what may pass.

The same exchange as behind the proxied routes, from the same core; only the sockets to the caller and to
the upstream are Envoy's. ``grpcio`` is imported here and nowhere else, and only where ``[envoy]`` asks.
"""
