"""AWS access key ids (IAM: prefix by kind of principal)."""

from gateway.detect.recogniser import PROVEN, STRONG, Form, Recogniser

AWS_ACCESS_KEY = Recogniser(
    label="aws_access_key",
    category="secret",
    forms=(
        Form(r"(?:AKIA|ASIA|ABIA|ACCA)[2-7A-Z]{16}", PROVEN, PROVEN),
        Form(r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}", STRONG, STRONG),
    ),
)
