"""Metrics: one number for one answer.

A metric is a function of a case and an answer, with options by keyword, that returns a
:class:`~evalsuites.harness.result.Score`, or raises :class:`~evalsuites.harness.metrics.base.Unmeasured`.
For a metric that passes or fails, 1 is good and 0 is not.
"""
