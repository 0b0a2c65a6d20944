"""Many gates, one promise: corrections of p-values."""

from collections.abc import Mapping


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """Holm's step-down correction: the chance of even one false alarm stays below the level."""
    ordered = sorted(values, key=lambda name: (values[name], name))
    corrected, highest = {}, 0.0
    for place, name in enumerate(ordered):
        highest = max(highest, min(1.0, (len(ordered) - place) * values[name]))
        corrected[name] = highest
    return corrected


def benjamini_hochberg(values: Mapping[str, float]) -> dict[str, float]:
    """Benjamini and Hochberg's correction: the expected share of false alarms stays below the level."""
    ordered = sorted(values, key=lambda name: (values[name], name))
    corrected, lowest = {}, 1.0
    for place in range(len(ordered), 0, -1):
        name = ordered[place - 1]
        lowest = min(lowest, values[name] * len(ordered) / place)
        corrected[name] = lowest
    return corrected
