"""Answers of upstreams, kept and played back: evaluations repeat, cost nothing and need no network."""
