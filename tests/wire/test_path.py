"""Path templates."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.path import Template

GENERATE = Template("/v1beta", "/models/{model...}:generateContent")
ITEMS = Template("/v1", "/responses/{id}/input_items")


@pytest.mark.parametrize(
    ("template", "path", "parts"),
    [
        (Template("/v1", "/embeddings"), "/v1/embeddings", {}),
        (Template("/v1", "/embeddings"), "/v1/embeddings/", None),
        (Template("/v1", "/a.b"), "/v1/axb", None),
        (ITEMS, "/v1/responses/r_1/input_items", {"id": "r_1"}),
        (ITEMS, "/v1/responses/r/1/input_items", None),
        (ITEMS, "/v1/responses//input_items", None),
        (ITEMS, "/v1/responses/../input_items", None),
        (ITEMS, "/v1/responses/%2e%2e/input_items", None),
        (ITEMS, "/v1/responses/a%2fb/input_items", {"id": "a%2fb"}),
        (GENERATE, "/v1beta/models/gemini-2:generateContent", {"model": "gemini-2"}),
        (GENERATE, "/v1beta/models/a/b:c:generateContent", {"model": "a/b:c"}),
        (GENERATE, "/v1beta/models/a/../b:generateContent", None),
        (GENERATE, "/v1beta/models/:generateContent", None),
    ],
)
def test_what_fits(template: Template, path: str, parts: dict[str, str] | None) -> None:
    assert template.match(path) == parts


def test_plain_templates_have_no_parts() -> None:
    assert Template("/v1", "/embeddings").plain
    assert not GENERATE.plain


def test_what_an_upstream_is_asked_for() -> None:
    assert GENERATE.below("/v1beta/models/x%20y:generateContent") == "/models/x%20y:generateContent"
    assert GENERATE.filled({"model": "a/b c?"}) == "/models/a/b%20c%3F:generateContent"


@given(st.text(alphabet="ab/:.-%? é", min_size=1, max_size=12))
def test_what_is_filled_in_is_what_is_found(name: str) -> None:
    parts = GENERATE.match(f"/v1beta/models/{name}:generateContent")
    if parts is not None:
        again = GENERATE.match("/v1beta" + unquote(GENERATE.filled(parts)))
        assert again == parts == {"model": name}
