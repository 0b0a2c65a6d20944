"""Upstream connections: passthrough where the dialects agree, translation (litellm) where they differ."""
