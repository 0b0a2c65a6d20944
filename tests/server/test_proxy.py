"""Where a call goes that no codec reads."""

import pytest

from gateway.server.proxy import _found, _upstream_path


@pytest.mark.parametrize(
    ("path", "query", "below", "family"),
    [
        ("/v1/files", b"a=1", "/files?a=1", "openai"),
        ("/v1beta/files", b"", "/files", "gemini"),
        ("/v1alpha/corpora/x", b"", "/corpora/x", "gemini"),
        ("/openai/v1/whatever", b"", "/whatever", "openai"),
        ("/openai/whatever", b"api-version=1", "/whatever?api-version=1", "openai"),
        ("/v12/x", b"", "/v12/x", "openai"),
        ("/elsewhere", b"", "/elsewhere", "openai"),
    ],
)
def test_the_upstream_is_asked_below_its_own_base(path: str, query: bytes, below: str, family: str) -> None:
    found = _found("PATCH", path, [])
    assert found.endpoint.name == "unknown"
    assert found.endpoint.dialect.family == family
    assert _upstream_path({"path": path}, query, found.template) == below


def test_a_deployment_is_taken_out_of_the_path_as_it_was_received() -> None:
    found = _found("POST", "/openai/deployments/a b/chat/completions", [])
    raw = b"/openai/deployments/a%20b/chat/completions"
    assert (found.endpoint.name, found.parts) == ("chat.completions", {"model": "a b"})
    assert (
        _upstream_path({"raw_path": raw}, b"api-version=1", found.template)
        == "/chat/completions?api-version=1"
    )
