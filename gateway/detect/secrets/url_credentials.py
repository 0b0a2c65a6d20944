"""Addresses with a password in them (RFC 3986 § 3.2.1): web, databases, brokers. The span is the
password, so that a redaction leaves the address readable."""

from gateway.detect.recogniser import NOTHING, PROVEN, Form, Recogniser
from gateway.detect.secrets.entropy import is_placeholder

_DEFAULTS = frozenset({"password", "pass", "passwd", "pwd", "user", "secret"})


def _certainty(value: str) -> float:
    plain = is_placeholder(value) and len(set(value)) < 4
    return NOTHING if plain or value[0] in "$<{[%*" or value.lower() in _DEFAULTS else PROVEN


URL_CREDENTIALS = Recogniser(
    label="url_credentials",
    category="secret",
    forms=(
        Form(
            r"[A-Za-z][0-9A-Za-z+.-]{1,30}://[^\s:/@\"'<>]{0,100}:(?P<value>[^\s/@\"'<>]{2,200})@[^\s/@\"'<>]{1,255}",
            PROVEN,
            PROVEN,
            _certainty,
            after="",
            probe=r"://[^\s:/@\"'<>]{0,100}:[^\s/@\"'<>]{2,200}@",
        ),
    ),
)
