"""NIST AI Risk Management Framework 1.0 with its generative AI profile."""

from reports.builders.frameworks import of_frameworks

EDITIONS = (("nist-ai-rmf", "1.0"), ("nist-ai-600-1", "2024"))

build = of_frameworks("nist", "NIST AI RMF 1.0 and AI 600-1", EDITIONS)
