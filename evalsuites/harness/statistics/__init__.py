"""The statistics of release gates, in the standard library alone.

Every function is deterministic: what resamples takes a seed. The tests hold each of them against scipy and
statsmodels, and simulate the error rates that gates rely on.
"""
