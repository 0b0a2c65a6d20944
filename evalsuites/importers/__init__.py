"""Readers of the sets and results that users already have, one format a file.

A reader gives rows with named columns; ``fields`` says which column is what, ``build`` makes cases and given
answers of them, ``write`` a suite that the harness loads as any other.
"""
