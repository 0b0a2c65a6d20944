"""Random hexadecimal or base64 strings beside a word that speaks of credentials.

Alone they are digests, ids and data far more often than secrets, and are not reported.
"""

from gateway.detect.recogniser import LIKELY, Form, Recogniser, proven_by
from gateway.detect.secrets.entropy import entropy, is_placeholder


def _hexadecimal(value: str) -> bool:
    return entropy(value) > 3.0 and any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def _base64(value: str) -> bool:
    mixed = any(map(str.isdigit, value)) and any(map(str.isupper, value)) and any(map(str.islower, value))
    return mixed and entropy(value) > 4.0 and not is_placeholder(value)


HIGH_ENTROPY = Recogniser(
    label="high_entropy",
    category="secret",
    context=r"[a-z_]*(?:api|access|secret|private|auth|signing|encryption)[_ -]?(?:key|token)[a-z_]*|secrets?"
    r"|credentials?|[a-z_]*keys?|[a-z_]*tokens?|[a-z_]*secret[a-z_]*",
    forms=(
        Form(
            r"[0-9a-f]{32,128}|[0-9A-F]{32,128}",
            LIKELY,
            validate=proven_by(_hexadecimal),
            # What is called a digest is one.
            before=r"(?<![0-9A-Za-z])(?<!sum is )(?<!sum: )(?<!ommit )(?<!igest )(?<!igest: )(?<!sha256:)",
        ),
        Form(
            r"[0-9A-Za-z+/_-]{24,200}={0,2}",
            LIKELY,
            validate=proven_by(_base64),
            # A block in armour is a public key or a certificate; private ones have their own recogniser.
            before=r"(?<![0-9A-Za-z+/_=.-])(?<!-----\n)",
            after=r"(?![0-9A-Za-z+/_=-])",
            probe=r"[0-9A-Za-z+/_-]{24}",
        ),
    ),
)
