"""Policy: facts in, decision out. Knows Rego and nothing of wires, sockets or records.

Reading order: :mod:`~gateway.policy.facts` (what rules see), :mod:`~gateway.policy.bundle` (where rules come
from), :mod:`~gateway.policy.embedded` (who evaluates them), :mod:`~gateway.policy.combine` (how many views
become one decision), :mod:`~gateway.policy.authority` (the one object that the rest of the gateway holds).
"""
