"""The audit log: canonical records in a Merkle log that anyone can verify from its files.

The writer is ``log``; ``verify`` and ``reader`` work on files alone. The format is described in
``docs/spec/audit-log.md``.
"""
