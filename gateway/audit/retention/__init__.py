"""Retention: how long which records stay, legal holds, and pruning what is past its time."""
