"""How Google's paths are spelled: a version, a collection, a model's name, and what to do with it."""

from typing import Final

from gateway.wire.path import Template

VERSIONS: Final = ("/v1beta", "/v1", "/v1alpha")
"""What base URLs end with. Clients name the version; the upstream has its own."""


def below_versions(*rests: str) -> tuple[Template, ...]:
    """Paths, in every version."""
    return tuple(Template(version, rest) for version in VERSIONS for rest in rests)


def of_model(verb: str) -> tuple[Template, ...]:
    """The paths of an operation on a model, tuned or not."""
    return below_versions(f"/models/{{model...}}:{verb}", f"/tunedModels/{{model...}}:{verb}")
