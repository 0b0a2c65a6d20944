"""Guardrails, both ways.

    detector     any Guardrails validator as a detector of this gateway
    validator    this gateway's classifiers as a Guardrails validator

Guardrails is optional, and heavy: it is imported when a validator is asked for, never before.
"""
