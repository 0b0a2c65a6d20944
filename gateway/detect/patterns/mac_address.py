"""Hardware addresses (IEEE 802 EUI-48), in the spellings with colons, dashes and dots."""

from gateway.detect.recogniser import STRONG, Form, Recogniser, proven_by

_PROBE = r"[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-]"


def _is_address(value: str) -> bool:
    """All zeros and all ones are placeholders and broadcasts."""
    return len({c for c in value.lower() if c.isalnum()}) > 1


MAC_ADDRESS = Recogniser(
    label="mac_address",
    category="pii",
    forms=tuple(
        Form(
            expression,
            STRONG,
            STRONG,
            proven_by(_is_address),
            before=r"(?<![0-9A-Za-z])(?<![0-9A-Fa-f][:.-])",
            after=r"(?![0-9A-Za-z]|[:.-][0-9A-Fa-f])",
            probe=probe,
        )
        for expression, probe in (
            (r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}", _PROBE),
            (r"[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}", _PROBE),
            (r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}", ""),
        )
    ),
)
