"""Backtest: which recorded decisions would another bundle have made differently?

Reading order: :mod:`~gateway.policy.backtest.side` (a bundle as groups of rules),
:mod:`~gateway.policy.backtest.past` (a recorded decision, made again),
:mod:`~gateway.policy.backtest.candidate` (the same facts under the other bundle),
:mod:`~gateway.policy.backtest.sums` (what is counted), :mod:`~gateway.policy.backtest.run` (a log, in several
processes), :mod:`~gateway.policy.backtest.gate` (pass, fail or inconclusive),
:mod:`~gateway.policy.backtest.report` (what is told, and in which forms).
"""
