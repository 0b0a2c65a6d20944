"""Lictor: a policy-as-code governance gateway for large language models."""
