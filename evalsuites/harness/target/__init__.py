"""Targets: what is asked. All of them are asked over the gateway's own surface."""
