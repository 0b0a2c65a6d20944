"""A value given to a name that promises a secret: ``password=…``, ``api_key: …``, ``"token": "…"``.

Three forms: names of machine credentials ask for a value that looks random; names of passwords take
what people choose; prose ("the password is …") takes only what no sentence would contain.
"""

from gateway.detect.recogniser import CLEAR, LIKELY, NOTHING, PROVEN, Form, Recogniser
from gateway.detect.secrets.entropy import entropy, is_placeholder, looks_random

_KEYS = (
    r"(?:api|access|auth|secret|private|client|signing|encryption|master|account|service|session|app)"
    r"[_. -]?(?:key|token|secret)|secret|token|credential|bearer"
)
_PASSWORDS = r"password|passwd|passphrase|passwort|contrase[nñ]a|mot de passe|pwd|pass"
_ASSIGN = r"[\"'`\]]{0,2}[ \t]{0,4}(?::=|=>|[:=])[ \t]{0,4}[\"'`]{0,2}"
_VALUE = r"[^\s\"'`,;<>(){}\[\]]"
_JUDGED = 64
"""So many characters tell a secret from a blank; a hostile text could offer many long ones."""


def _machine(value: str) -> float:
    value = value[:_JUDGED]
    if is_placeholder(value) or not looks_random(value):
        return NOTHING
    return PROVEN if len(value) >= 16 and entropy(value) > 3.2 else LIKELY


def _chosen(value: str) -> float:
    """Passwords are short and may be words. Prose that merely follows a colon has no digit or sign."""
    value = value[:_JUDGED]
    if is_placeholder(value):
        return NOTHING
    return PROVEN if _kinds(value) >= 2 and len(value) >= 6 else NOTHING


def _spoken(value: str) -> float:
    """In a sentence only a mix with a digit or a sign, or a chain of words, is no word."""
    if is_placeholder(value) or value.isdigit():
        return NOTHING
    if not any(map(str.isdigit, value)):
        mixed = _kinds(value) >= 3 and any(sign in value[1:-1] for sign in "!@#$%^&*+=~")
        return PROVEN if mixed or value.count("-") >= 2 else NOTHING
    return PROVEN if _kinds(value) >= 2 else NOTHING


def _kinds(value: str) -> int:
    """How many of lower case, upper case, digits and signs occur."""
    return (
        any(map(str.islower, value))
        + any(map(str.isupper, value))
        + any(map(str.isdigit, value))
        + (not value.isalnum())
    )


ASSIGNMENT = Recogniser(
    label="assigned_secret",
    category="secret",
    forms=(
        Form(
            rf"(?:{_KEYS})(?:_?(?:id|value|prod|live|test|key))?{_ASSIGN}(?P<value>{_VALUE}{{8,400}})",
            CLEAR,
            CLEAR,
            _machine,
            before="",
            after="",
            caseless=True,
            probe=rf"(?:{_KEYS})(?:_?(?:id|value|prod|live|test|key))?{_ASSIGN}[!-~]",
        ),
        Form(
            rf"(?:{_PASSWORDS}){_ASSIGN}(?P<value>{_VALUE}{{6,200}})",
            CLEAR,
            CLEAR,
            _chosen,
            before="",
            after="",
            caseless=True,
            probe=rf"(?:{_PASSWORDS}){_ASSIGN}[!-~]",
        ),
        Form(
            rf"(?:password|passwort|passphrase|pwd|contraseña|mot de passe)(?: [a-z]{{1,12}}){{0,5}}? "
            rf"(?:is|ist|es|est|to|was|:) ?[\"'`]?(?P<value>{_VALUE}{{5,199}}[^\s\"'`,;.:?<>(){{}}\[\]])",
            LIKELY,
            LIKELY,
            _spoken,
            after="",
            caseless=True,
            probe=r"password|passwort|passphrase|pwd|contraseña|mot de passe",
        ),
        Form(
            rf"(?:password|passwort|pwd|pw) (?P<value>{_VALUE}{{5,199}}[^\s\"'`,;.:?<>(){{}}\[\]])",
            LIKELY,
            LIKELY,
            _spoken,
            after="",
            caseless=True,
            probe=r"(?:password|passwort|pwd|pw) [!-~]",
        ),
        Form(
            r"(?:authorization:? ?)?bearer (?P<value>[0-9A-Za-z._~+/-]{16,2000}={0,2})",
            CLEAR,
            CLEAR,
            _machine,
            caseless=True,
            probe=r"bearer [0-9A-Za-z._~+/-]{16}",
        ),
    ),
)
