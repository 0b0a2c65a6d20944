"""Sweeps: the candidate with one number of its data at many values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from gateway.core.errors import ConfigError
from gateway.policy.bundle import Bundle

MOST_POINTS = 40


@dataclass(frozen=True, slots=True)
class Point:
    """One value of one setting."""

    path: str
    value: str
    """The number, as it would be written."""

    @property
    def name(self) -> str:
        """Unique among the points of a run."""
        return f"{self.path}={self.value}"


def points(specs: Sequence[str]) -> tuple[Point, ...]:
    """The points of ``path=from:to:step`` specifications, the last value included.

    Raises:
        ConfigError: one cannot be read, or there are more than :data:`MOST_POINTS` in all.
    """
    found = tuple(point for spec in specs for point in _points(spec))
    if len(found) > MOST_POINTS:
        raise ConfigError(f"sweep: {len(found)} points; at most {MOST_POINTS} at once")
    return found


def _points(spec: str) -> list[Point]:
    path, _, span = spec.partition("=")
    try:
        first, last, step = (Decimal(word) for word in span.split(":"))
    except (ValueError, InvalidOperation):
        raise _unreadable(spec) from None
    if not (path and step > 0 and last >= first and (last - first) / step < MOST_POINTS):
        raise _unreadable(spec)
    count = int((last - first) / step) + 1
    return [Point(path, format(first + step * number, "f")) for number in range(count)]


def _unreadable(spec: str) -> ConfigError:
    example = "settings.injection.deny=0.5:0.95:0.05"
    return ConfigError(f"sweep `{spec}`: write at most {MOST_POINTS} steps upwards, such as `{example}`")


def swept(bundle: Bundle, point: Point) -> Bundle:
    """The bundle with another number in its data.

    Raises:
        ConfigError: there is no number at that path.
    """
    value = float(point.value) if "." in point.value else int(point.value)
    data = _replaced(bundle.data, point.path.split("."), value, point.path)
    return replace(bundle, data=data, revision=f"{bundle.revision}+{point.name}")


def _replaced(data: object, path: Sequence[str], value: float, whole: str) -> dict[str, object]:
    if not isinstance(data, Mapping) or path[0] not in data:
        raise ConfigError(f"sweep: the bundle's data has no `{whole}`")
    old = data[path[0]]
    if len(path) > 1:
        return {**data, path[0]: _replaced(old, path[1:], value, whole)}
    if isinstance(old, bool) or not isinstance(old, int | float):
        raise ConfigError(f"sweep: `{whole}` is not a number")
    return {**data, path[0]: value}
