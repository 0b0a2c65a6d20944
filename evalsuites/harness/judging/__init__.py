"""Models as judges: instruments with an error that is known, or else no evidence at all.

A judge is a profile (data), is asked through the gateway like any model, abstains where it does not agree
with itself, must pass canaries in every run, and is held against labels that people gave.
"""
