"""Azure's spelling of OpenAI's operations: other paths, and an envelope of its own for a denied prompt."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from gateway.wire.endpoint import Endpoint
from gateway.wire.path import Template

_BASE: Final = "/openai"
DEPLOYMENT: Final = f"{_BASE}/deployments/{{model}}"
"""Where the deployment stands that decides the model, whatever the body says."""


def also_on_azure(endpoints: Iterable[Endpoint]) -> Iterator[Endpoint]:
    """OpenAI's operations with Azure's paths beside their own. They stay the same operations, so that a
    rule about one holds however it is spelled."""
    for endpoint in endpoints:
        bases = (f"{_BASE}/v1", _BASE, *((DEPLOYMENT,) if endpoint.model in ("body", "optional") else ()))
        own = [path for path in endpoint.paths if path.base == "/v1"]
        more = (Template(base, path.rest) for path in own for base in bases)
        yield replace(endpoint, paths=(*endpoint.paths, *more))


def is_azure(template: Template | None) -> bool:
    """Whether a path came in Azure's spelling."""
    return template is not None and template.base.startswith(_BASE)


def content_filter(rule: str) -> Mapping[str, Any]:
    """What a denied prompt adds to the error, for the clients that parse it. Our rules are to Azure's
    categories what its custom lists are, so they are said as one; nothing is claimed of the others."""
    custom = {"filtered": True, "details": [{"filtered": True, "id": rule}]}
    return {
        "code": "content_filter",
        "param": "prompt",
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {"custom_blocklists": custom},
        },
    }
