"""AWS secret access keys: forty characters of base64 behind or beside the name."""

from gateway.detect.recogniser import STRONG, Form, Recogniser, proven_by
from gateway.detect.secrets.entropy import entropy


def _random(value: str) -> bool:
    return entropy(value) > 4.0 and any(map(str.isupper, value)) and any(map(str.islower, value))


AWS_SECRET_KEY = Recogniser(
    label="aws_secret_key",
    category="secret",
    context=r"aws[a-z_ ]*|secret[_ ]?access[_ ]?key|amazon|s3|iam",
    forms=(
        Form(
            r"[0-9A-Za-z+/]{40}",
            STRONG,
            validate=proven_by(_random),
            before=r"(?<![0-9A-Za-z+/])",
            after=r"(?![0-9A-Za-z+/=])",
        ),
    ),
)
