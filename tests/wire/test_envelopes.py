"""The gateway's own answers, read by the providers' own SDKs."""

import json
from typing import Any

import anthropic
import openai
import pytest

from gateway.core.errors import CallerError
from gateway.wire.anthropic_messages import DIALECT as ANTHROPIC
from gateway.wire.anthropic_models import DIALECT as ANTHROPIC_MODELS
from gateway.wire.dialect import Denial, Dialect, Envelope
from gateway.wire.openai_chat import DIALECT as OPENAI
from gateway.wire.openai_models import DIALECT as OPENAI_MODELS

Json = Any
"""A tree whose shape the test knows."""


DENIAL = Denial("d-1", "secrets.never_leave", "a secret was found", "/messages/0/content", "sha256:ab")
PERMISSION = Denial("d-1", "models.approved", "not an approved model", None, "sha256:ab", kind="permission")
FACTS = {
    "decision_id": "d-1",
    "rule": "secrets.never_leave",
    "reason": "a secret was found",
    "revision": "sha256:ab",
}


def error(envelope: Envelope) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(envelope.body)["error"]
    return found


def retry(envelope: Envelope) -> bytes | None:
    return dict(envelope.headers).get(b"x-should-retry")


def test_a_denial_in_openai_words() -> None:
    envelope = OPENAI.denial(DENIAL)
    assert envelope.status == 400
    assert json.loads(envelope.body) == {
        "error": {
            "message": "Denied by policy: a secret was found",
            "type": "invalid_request_error",
            "param": "/messages/0/content",
            "code": "content_policy_violation",
            "lictor": FACTS,
        }
    }
    assert envelope.headers == (
        (b"content-type", b"application/json"),
        (b"x-request-id", b"d-1"),
        (b"x-should-retry", b"false"),
    )


def test_a_denial_in_anthropic_words() -> None:
    envelope = ANTHROPIC.denial(DENIAL)
    assert envelope.status == 400
    assert json.loads(envelope.body) == {
        "type": "error",
        "error": {
            "type": "invalid_request_error",
            "message": "Denied by policy: a secret was found",
            "lictor": {**FACTS, "param": "/messages/0/content"},
        },
        "request_id": "d-1",
    }
    assert (b"request-id", b"d-1") in envelope.headers
    assert retry(envelope) == b"false"


def test_a_matter_of_permission() -> None:
    for dialect in (OPENAI, ANTHROPIC):
        envelope = dialect.denial(PERMISSION)
        assert (envelope.status, error(envelope)["type"]) == (403, "permission_error")
    assert error(OPENAI.denial(PERMISSION))["code"] == "model_not_allowed"


@pytest.mark.parametrize("dialect", [OPENAI, ANTHROPIC, OPENAI_MODELS, ANTHROPIC_MODELS])
@pytest.mark.parametrize(
    ("status", "retried"),
    [
        (400, False),
        (401, False),
        (404, False),
        (413, False),
        (429, True),
        (500, False),
        (502, True),
        (503, True),
        (504, True),
    ],
)
def test_what_may_be_tried_again(dialect: Dialect, status: int, retried: bool) -> None:
    refusal = dialect.refusal(CallerError(status, "some_code", "some words", "/x"), "e-1")
    fault = dialect.fault(status, "some_code", "some words", "e-1")
    for envelope in (refusal, fault):
        assert envelope.status == status
        assert retry(envelope) == (None if retried else b"false")
        assert error(envelope)["message"] == "some words"
        assert error(envelope)["lictor"]["decision_id"] == "e-1"


@pytest.mark.parametrize(
    ("status", "openai_type", "anthropic_type"),
    [
        (400, "invalid_request_error", "invalid_request_error"),
        (401, "authentication_error", "authentication_error"),
        (403, "permission_error", "permission_error"),
        (404, "invalid_request_error", "not_found_error"),
        (413, "invalid_request_error", "request_too_large"),
        (500, "server_error", "api_error"),
        (502, "server_error", "api_error"),
        (504, "server_error", "timeout_error"),
    ],
)
def test_types_are_the_providers_own(status: int, openai_type: str, anthropic_type: str) -> None:
    assert error(OPENAI.fault(status, "c", "m", "e"))["type"] == openai_type
    assert error(ANTHROPIC.fault(status, "c", "m", "e"))["type"] == anthropic_type


def test_openai_errors_keep_their_types() -> None:
    refused = error(OPENAI.refusal(CallerError(400, "malformed_json", "m"), "e"))
    assert (refused["code"], refused["param"]) == ("malformed_json", None)
    assert set(refused) == {"message", "type", "param", "code", "lictor"}


def raised(sdk: Json, envelope: Envelope, call: str) -> Exception:
    """The exception that the SDK makes of an envelope, without a network."""
    client = getattr(sdk, call)(api_key="k", base_url="http://127.0.0.1:9")
    request = client._client.build_request("POST", "/")
    transport = __import__(type(request).__module__.partition(".")[0])
    response = transport.Response(
        envelope.status, headers=list(envelope.headers), content=envelope.body, request=request
    )
    assert client._should_retry(response) is False
    client.close()
    made: Exception = client._make_status_error_from_response(response)
    return made


def test_the_sdks_raise_their_own_exceptions() -> None:
    refused = raised(openai, OPENAI.denial(DENIAL), "OpenAI")
    assert isinstance(refused, openai.BadRequestError)
    assert (refused.code, refused.param, refused.request_id) == (
        "content_policy_violation",
        "/messages/0/content",
        "d-1",
    )
    assert isinstance(raised(openai, OPENAI.denial(PERMISSION), "OpenAI"), openai.PermissionDeniedError)
    refused = raised(anthropic, ANTHROPIC.denial(DENIAL), "Anthropic")
    assert isinstance(refused, anthropic.BadRequestError)
    assert refused.request_id == "d-1"
