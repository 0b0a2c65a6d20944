"""What a policy pack says of itself: ``pack.yaml``, read strictly.

The file describes; only the Rego beside it decides. A test holds the two together.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from gateway.core.errors import ConfigError
from gateway.policy.language import PHASES, RULE_ID, SETS

CONTROL = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*):([0-9a-z]+):(\S+)")
"""Framework, edition and the clause's id in that edition, such as ``eu-ai-act:2024:art-12``."""


@dataclass(frozen=True, slots=True)
class Framework:
    """A law, standard or list, in one edition."""

    id: str
    edition: str
    title: str


@dataclass(frozen=True, slots=True)
class PackRule:
    """One rule, in words."""

    id: str
    phase: str
    effect: str
    says: str
    """When it speaks."""

    needs: tuple[str, ...]
    """Detectors without which it never speaks; any of them is enough."""

    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A policy pack."""

    name: str
    version: str
    title: str
    summary: str
    frameworks: tuple[Framework, ...]
    rules: tuple[PackRule, ...]
    operator: tuple[str, ...]
    """What whoever runs the gateway must supply."""

    not_covered: tuple[str, ...]
    """What the pack does not do, where its title could make one think so."""


def read_pack(folder: Path) -> Pack:
    """The description of the pack in ``folder``. Raises ``ConfigError`` where it is not as it should be."""
    import yaml

    file = folder / "pack.yaml"
    try:
        whole = _Table.of(yaml.safe_load(file.read_text(encoding="utf-8")), Pack, str(file))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{file}: {error}") from None
    pack = Pack(
        name=whole.text("name"),
        version=whole.text("version"),
        title=whole.text("title"),
        summary=whole.text("summary"),
        frameworks=tuple(_framework(table) for table in whole.tables("frameworks", Framework)),
        rules=tuple(_rule(table) for table in whole.tables("rules", PackRule)),
        operator=whole.texts("operator"),
        not_covered=whole.texts("not_covered"),
    )
    for wrong in _contradictions(pack, folder.name):
        raise ConfigError(f"{file}: {wrong}")
    return pack


def _framework(table: "_Table") -> Framework:
    return Framework(table.text("id"), table.text("edition"), table.text("title"))


def _rule(table: "_Table") -> PackRule:
    return PackRule(
        id=table.text("id"),
        phase=table.text("phase"),
        effect=table.text("effect"),
        says=table.text("says"),
        needs=table.texts("needs"),
        controls=table.texts("controls"),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file, with the place to complain about."""

    values: Mapping[str, object]
    where: str

    @classmethod
    def of(cls, value: object, shape: type, where: str) -> "_Table":
        """A table that has the fields of ``shape``, and no others."""
        wanted = {field.name for field in fields(shape)}
        keys = set(map(str, value)) if isinstance(value, dict) else set()
        if not isinstance(value, dict) or keys != wanted:
            odd = ", ".join(sorted(keys ^ wanted))
            names = ", ".join(sorted(wanted))
            raise ConfigError(f"{where}: must be a table of {names}; too much or missing: {odd}")
        return cls(value, where)

    def text(self, name: str) -> str:
        return _text(self.values[name], f"{self.where}: {name}")

    def texts(self, name: str) -> tuple[str, ...]:
        where = f"{self.where}: {name}"
        return tuple(_text(item, where) for item in _list(self.values[name], where))

    def tables(self, name: str, shape: type) -> list["_Table"]:
        where = f"{self.where}: {name}"
        items = enumerate(_list(self.values[name], where))
        return [_Table.of(item, shape, f"{where}[{place}]") for place, item in items]


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{where}: must be a text")
    return value.strip()


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise ConfigError(f"{where}: must be a list")
    return value


def _contradictions(pack: Pack, folder: str) -> Iterator[str]:
    """What does not fit together inside one description."""
    area = pack.name.replace("-", "_")
    editions = {(framework.id, framework.edition) for framework in pack.frameworks}
    if pack.name != folder:
        yield f"the pack is called `{pack.name}` in the folder `{folder}`"
    for rule in pack.rules:
        if not RULE_ID.fullmatch(rule.id) or not rule.id.startswith(f"{area}."):
            yield f"`{rule.id}` must look like `{area}.name`"
        if rule.phase not in PHASES or rule.effect not in SETS:
            yield f"`{rule.id}` needs a phase and an effect that there are"
        if not rule.controls:
            yield f"`{rule.id}` serves no control"
        for control in rule.controls:
            parts = CONTROL.fullmatch(control)
            if parts is None or (parts[1], parts[2]) not in editions:
                yield f"`{rule.id}`: `{control}` is not framework:edition:id of one of `frameworks`"
