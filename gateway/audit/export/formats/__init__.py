"""Spellings of an entry: one format a file, behind ``base.Format``; ``registry`` has them by name."""
