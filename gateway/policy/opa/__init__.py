"""OPA: the policy asked of a real Open Policy Agent, in place of the embedded engine.

Reading order: :mod:`~gateway.policy.opa.transport` (one question, one answer, or a fault),
:mod:`~gateway.policy.opa.breaker` (when to stop asking), :mod:`~gateway.policy.opa.engine` (answers as
verdicts and plans), :mod:`~gateway.policy.opa.snapshot` (what a fault decides).
"""
