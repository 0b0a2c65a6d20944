"""Retention classes: names for how long something is kept.

Periods are whole days; a month counts 31 days and a year 366, so that none is shorter than its name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.core.errors import ConfigError

SHIPPED: Mapping[str, str] = {"ai-act-6m": "6m", "hipaa-6y": "6y", "annex-iv-10y": "10y"}
"""EU AI Act, articles 19 and 26(6): logs, at least six months; HIPAA, 45 CFR 164.316(b)(2): six years; EU AI
Act, article 18: technical documentation, ten years."""

DEFAULT = "ai-act-6m"
DAY_MS = 24 * 3600 * 1000

_PERIOD = re.compile(r"([1-9]\d{0,4})([dmy])", re.ASCII)
_DAYS = {"d": 1, "m": 31, "y": 366}


def period_ms(text: str) -> int:
    """Milliseconds of a period such as ``90d``, ``6m`` or ``10y``. Raises ConfigError."""
    match = _PERIOD.fullmatch(text)
    if not match:
        raise ConfigError(f"{text!r} is no period: write 90d, 6m or 10y")
    return int(match[1]) * _DAYS[match[2]] * DAY_MS


@dataclass(frozen=True, slots=True)
class Retention:
    """Which class a record is of. A type's class wins over its route's, a route's over the default."""

    default: str = DEFAULT
    routes: Mapping[str, str] = field(default_factory=dict)
    """By the pattern of the route, as records have it."""

    types: Mapping[str, str] = field(default_factory=dict)
    periods: Mapping[str, int] = field(default_factory=dict)
    """Milliseconds by class."""

    @classmethod
    def of(
        cls,
        default: str = DEFAULT,
        routes: Mapping[str, str] | None = None,
        types: Mapping[str, str] | None = None,
        custom: Mapping[str, str] | None = None,
    ) -> "Retention":
        """With the shipped classes and *custom* ones. Raises ConfigError for a class that is none."""
        periods = {name: period_ms(text) for name, text in {**SHIPPED, **(custom or {})}.items()}
        for name in (default, *(routes or {}).values(), *(types or {}).values()):
            if name not in periods:
                raise ConfigError(
                    f"retention: there is no class {name!r}; known: {', '.join(sorted(periods))}"
                )
        return cls(default, routes or {}, types or {}, periods)

    def class_of(self, record: Mapping[str, Any]) -> str:
        """The class of a record. Outcomes say no route: ask with that of their decision."""
        return self.types.get(str(record.get("type"))) or self.routes.get(
            str(record.get("route", "")), self.default
        )
