"""OWASP Top 10 for LLM Applications, both editions side by side, and MITRE ATLAS."""

from reports.builders.frameworks import of_frameworks

EDITIONS = (("owasp-llm", "2026"), ("owasp-llm", "2025"), ("mitre-atlas", "2026.09"))

build = of_frameworks("owasp", "OWASP LLM Top 10 (2026 and 2025) and MITRE ATLAS", EDITIONS)
