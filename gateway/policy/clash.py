"""Rules and base documents that claim one place under ``data``.

OPA refuses such a bundle. The embedded interpreter takes one of the two without a word: a document could take
a deny rule's place.
"""

from collections.abc import Mapping, Sequence

from gateway.policy.contents import BundleError
from gateway.policy.syntax import Module


def refuse_clashes(modules: Sequence[Module], data: Mapping[str, object]) -> None:
    """Raise :class:`BundleError` at the first rule whose place a base document has taken."""
    for module in modules:
        for rule in module.rules:
            path = (*module.package, *rule.path)
            if _taken(path, data):
                name = ".".join(part or "_" for part in path)
                message = f"`data.{name}` is a base document too"
                raise BundleError(module.file, rule.line, rule.name, message)


def _taken(path: Sequence[str | None], data: object) -> bool:
    """True when the document has a value at the path, or one on the way that is no object."""
    for part in path:
        if not isinstance(data, dict) or part is None:
            return True
        if part not in data:
            return False
        data = data[part]
    return True
