"""The status that tells a caller's SDK what an upstream's status meant."""

from collections.abc import Mapping

from gateway.providers.client import Headers

# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, section Errors: a
# model that took too long, and a model that failed. SDKs would take both for the caller's fault.
_BEDROCK: Mapping[int, int] = {408: 504, 424: 502}


def fitting(family: str, status: int, headers: Headers) -> int:
    """The status for the caller. Only Bedrock's are not what they would be in the caller's dialect."""
    if family != "bedrock":
        return status
    kind = dict(headers).get(b"x-amzn-errortype", b"")
    if status == 400 and kind.startswith(b"ServiceQuotaExceeded"):
        return 429
    return _BEDROCK.get(status, status)
