"""Requests of AWS's published test suite for Signature Version 4, and their signatures."""

from datetime import UTC, datetime

import pytest

from gateway.providers.translation.sigv4 import Unsigned, signed
from gateway.providers.upstream import AwsCredentials

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-test-suite.html
EXAMPLE = AwsCredentials("us-east-1", "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
HOST = (b"host", b"example.amazonaws.com")
FORM = (b"content-type", b"application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("method", "fields", "body", "names", "signature"),
    [
        ("GET", [HOST], b"", "host", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", [HOST], b"", "host", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "POST",
            [HOST, FORM],
            b"Param1=value1",
            "content-type;host",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
)
def test_published_signatures(
    method: str, fields: list[tuple[bytes, bytes]], body: bytes, names: str, signature: str
) -> None:
    sent = dict(signed(Unsigned(method, "/", fields, body), EXAMPLE, "service", now=NOW))
    assert sent[b"x-amz-date"] == b"20150830T123600Z"
    assert sent[b"authorization"].decode() == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names};x-amz-date, Signature={signature}"
    )
