"""Whose rules a case is about: cases that came with a pack judge that pack and what it builds on, whatever
other packs and the user's own rules say beside it."""

from collections.abc import Mapping
from pathlib import Path

from gateway.policy.bundle import load
from gateway.policy.rule_objects import rule_ids
from gateway.policy.scaffold.lock import read_lock
from gateway.policy.scaffold.vendor import BASE

Scopes = Mapping[str, frozenset[str]]
"""By file of cases (its path): ids of the rules that have no say there."""


def scopes(root: Path) -> Scopes:
    """The scopes of the cases in the bundle at ``root``; empty where nothing was copied into it."""
    lock = read_lock(root) if root.is_dir() else None
    if lock is None or not lock.packs:
        return {}
    owners = {
        id_: lock.owner(module.file)
        for module in load(root).modules
        for rule in module.rules
        for id_ in rule_ids(rule)
    }
    return {
        str(root / file): frozenset(id_ for id_, owner in owners.items() if owner not in {*BASE, name})
        for name, files in lock.packs.items()
        for file in files
        if file.startswith("cases/")
    }
