"""Path templates: how callers spell an operation, and what the upstream is asked for.

A template is literal text with named parts. ``{id}`` is one path segment; ``{model...}`` may have
slashes, as models' names do. A part may be followed by more: ``/models/{model...}:generateContent``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

_PART = re.compile(r"\{(\w+)(\.\.\.)?\}")
# What may stand in a path segment as it is (RFC 3986 section 3.3), and the slash between two.
_SAFE = "/:@!$&'()*+,;=~"


@dataclass(frozen=True, slots=True)
class Template:
    """One spelling of an operation's path."""

    base: str
    """What base URLs end with, such as ``/v1``; an upstream has its own in its place."""

    rest: str
    """What stands behind the base."""

    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _tail: str = field(init=False, repr=False, compare=False)
    """What stands behind the last part: it rules out nearly every path that is of another spelling."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pattern", re.compile(_expression(self.base + self.rest)))
        object.__setattr__(self, "_tail", _PART.split(self.base + self.rest)[-1])

    @property
    def plain(self) -> bool:
        """Whether it has no parts: then only the very same path fits."""
        return _PART.search(self.rest) is None and _PART.search(self.base) is None

    @property
    def whole(self) -> str:
        """The template as callers see it."""
        return self.base + self.rest

    def match(self, path: str) -> Mapping[str, str] | None:
        """The parts of a decoded path, or None where it is not of this spelling."""
        found = self._pattern.fullmatch(path) if path.endswith(self._tail) else None
        if found is None:
            return None
        parts = found.groupdict()
        return parts if all(_is_name(part) for part in parts.values()) else None

    def below(self, path: str) -> str:
        """A path, as received, without the base."""
        if _PART.search(self.base) is None:
            return path.removeprefix(self.base)
        found = re.match(_expression(self.base), path)
        return path[found.end() :] if found else path

    def filled(self, parts: Mapping[str, str]) -> str:
        """What an upstream is asked for, with these parts."""
        return _PART.sub(lambda found: quote(parts[found[1]], safe=_SAFE), self.rest)


def _expression(template: str) -> str:
    out, at = "", 0
    for part in _PART.finditer(template):
        inside = ".+" if part[2] else "[^/]+"
        out += f"{re.escape(template[at : part.start()])}(?P<{part[1]}>{inside})"
        at = part.end()
    return out + re.escape(template[at:])


def _is_name(part: str) -> bool:
    """A path that climbs out of its place is no name, however often it is escaped."""
    return all(piece not in ("", ".", "..") for piece in unquote(part).split("/"))
