"""Guardrails, both ways.

    detector     any Guardrails validator as a detector of this gateway
    declaration  guards as data: what the files of `policies/guardrails` say
    guard        a declared guard as a detector
    validator    this gateway's classifiers as a Guardrails validator

Guardrails is optional, and heavy: it is imported when a validator is asked for, never before.
"""
