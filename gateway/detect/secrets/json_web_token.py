"""JSON web tokens (RFC 7519): a header that decodes to a JSON object with an algorithm."""

import base64
import json

from gateway.detect.recogniser import PROVEN, WEAK, Form, Recogniser

_PART = "[0-9A-Za-z_-]"


def _certainty(value: str) -> float:
    """A header that does not decode may be a mutilated token; it is reported below the line."""
    header = value.partition(".")[0]
    try:
        decoded = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except ValueError:
        return WEAK
    return PROVEN if isinstance(decoded, dict) and "alg" in decoded else WEAK


JSON_WEB_TOKEN = Recogniser(
    label="jwt",
    category="secret",
    forms=(
        Form(
            rf"eyJ{_PART}{{10,1000}}\.{_PART}{{10,8000}}\.{_PART}{{0,2000}}",
            PROVEN,
            PROVEN,
            _certainty,
            before=r"(?<![0-9A-Za-z_-])",
            after="",
            probe=rf"eyJ{_PART}{{10}}",
        ),
    ),
)
