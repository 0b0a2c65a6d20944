"""Styles of redaction: what takes the place of a value."""

from collections.abc import Callable, Mapping

from gateway.flow.lookalike import lookalike
from gateway.flow.placeholders import Placeholders, Seal

Digest = Callable[[str], str]
"""Keyed digest of a text, as hex."""

Style = Callable[[str, str], str | None]
"""From a label and a value to what stands in its place; None: it may stay."""

Styles = Callable[[Digest, Seal, str, Placeholders], Mapping[str, Style]]
"""Makes the styles of one phase, by the name that rules use."""

FINAL_FIRST = ("mask", "hash", "format", "placeholder")
"""Of two styles for overlapping spans the one is taken that says less and stands earlier here."""


def request_styles(
    digest: Digest, seal: Seal, tenant: str, placeholders: Placeholders
) -> Mapping[str, Style]:
    """How the caller's values are redacted; placeholders are remembered for the way back."""
    return _styles(digest, seal, tenant, placeholders.mint)


def response_styles(
    digest: Digest, seal: Seal, tenant: str, placeholders: Placeholders
) -> Mapping[str, Style]:
    """How values that a model wrote are redacted; placeholders have no way back here."""
    return _styles(digest, seal, tenant, placeholders.introduced)


def final_styles(digest: Digest, seal: Seal, tenant: str) -> Mapping[str, Style]:
    """How values are redacted for whoever asks about a text but does not bring the answer past here: a
    placeholder would have no way back, so it is a mask."""
    return _styles(digest, seal, tenant, mask)


def mask(label: str, _value: str = "") -> str:
    """Says no more than what it was."""
    return f"[{label.upper()}]"


def _styles(digest: Digest, seal: Seal, tenant: str, placeholder: Style) -> Mapping[str, Style]:
    return {
        "mask": mask,
        "hash": lambda label, value: f"[{label.upper()}:{digest(value)[:12]}]",
        "format": lambda label, value: lookalike(seal, tenant, label, value) or mask(label),
        "placeholder": placeholder,
    }
