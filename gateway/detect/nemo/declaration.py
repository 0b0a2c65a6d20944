"""A folder of rails as data, read before NeMo sees any of it.

NeMo runs Python that it finds beside a configuration, follows imports to other folders, and connects to
whatever a configuration names. So a folder is read here, may hold only what is listed below, and reaches the
library as text in memory.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field

from gateway.core.errors import ConfigError
from gateway.core.segment import Kind, Role
from gateway.detect.declared import Declaration, Place, document, line_of, read

Direction = Literal["input", "output", "retrieval"]

DIRECTIONS: Final[tuple[Direction, ...]] = get_args(Direction)

CODE: Final = frozenset({".py", ".pyc", ".pyi", ".pyd", ".so", ".pth", ".ipynb"})
_TEXT: Final = frozenset({".co", ".yml", ".yaml", ".md"})

_KEYS: Final[Mapping[Place, frozenset[str]]] = {
    (): frozenset({"colang_version", "instructions", "prompts", "rails", "lowest_temperature"}),
    ("rails",): frozenset({*DIRECTIONS, "config"}),
    ("rails", "input"): frozenset({"flows"}),
    ("rails", "output"): frozenset({"flows"}),
    ("rails", "retrieval"): frozenset({"flows"}),
    ("rails", "config"): frozenset({"regex_detection"}),
    ("rails", "config", "regex_detection"): frozenset(DIRECTIONS),
    ("rails", "config", "regex_detection", "input"): frozenset({"patterns", "case_insensitive"}),
    ("rails", "config", "regex_detection", "output"): frozenset({"patterns", "case_insensitive"}),
    ("rails", "config", "regex_detection", "retrieval"): frozenset({"patterns", "case_insensitive"}),
}
"""What a NeMo configuration may say here. The rest would reach a network, run code, or mean nothing."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z][\w.-]*$")]


class JudgeFile(Declaration):
    """``judge``: the model that self-check rails ask."""

    upstream: str
    """Name of an upstream in the gateway's settings."""

    model: str


class Roles(Declaration):
    """``roles``: whose words each kind of rail reads."""

    input: tuple[Role, ...] = ("user",)
    output: tuple[Role, ...] = ("assistant",)
    retrieval: tuple[Role, ...] = ("tool",)


class RailsFile(Declaration):
    """``rails.yaml``: what NeMo's own files do not say."""

    id: Name | None = None
    """The id by which a plan asks for the rails; ``rails.`` and the folder's name where there is none."""

    category: Name = "rails"
    label: str = ""
    """Of all findings; the name of the rail where there is none."""

    deadline_ms: Annotated[int, Field(gt=0, le=60_000)] = 2000
    roles: Roles = Roles()
    kinds: tuple[Kind, ...] = ("text", "tool_result", "reasoning", "refusal")
    judge: JudgeFile | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A Colang file."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class RailsFolder:
    """A folder of rails, read."""

    path: Path
    id: str
    version: str
    """Digest of all files."""

    settings: RailsFile
    config: Mapping[str, Any]
    """``config.yml``."""

    config_path: Path
    lines: Mapping[Place, int]
    sources: tuple[Source, ...]

    def flows(self, direction: Direction) -> tuple[str, ...]:
        """The rails of one direction, in order, as configured."""
        rails = self.config.get("rails") or {}
        return tuple((rails.get(direction) or {}).get("flows") or ())

    def where(self, *place: str | int) -> str:
        """``file:line`` of something in ``config.yml``."""
        return f"{self.config_path}:{line_of(self.lines, place)}"


def read_folder(path: Path) -> RailsFolder:
    """Read a folder of rails.

    Raises:
        ConfigError: it holds code, something unknown, or what cannot be used here.
    """
    files = _files(path)
    config_path = _one(path, files, "config")
    values, lines = document(config_path)
    if not isinstance(values, dict):
        raise ConfigError(f"{config_path}:1: the file must hold a mapping")
    settings_path = _one(path, files, "rails", needed=False)
    settings = read(settings_path, RailsFile) if settings_path.exists() else RailsFile()
    folder = RailsFolder(
        path=path,
        id=settings.id or f"rails.{path.name}",
        version=_digest(path, files),
        settings=settings,
        config=values,
        config_path=config_path,
        lines=lines,
        sources=tuple(Source(file, _text(file)) for file in files if file.suffix == ".co"),
    )
    if told := list(_complaints(folder)):
        raise ConfigError("\n".join(told))
    return folder


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        raise ConfigError(f"{path}: there is no such folder of rails")
    found = []
    for root, folders, names in os.walk(path):
        for name in sorted(names):
            file = Path(root, name)
            if file.suffix in CODE:
                raise ConfigError(f"{file}:1: code has no place among rails: none of it is ever run")
            if file.suffix not in _TEXT or file.is_symlink():
                raise ConfigError(
                    f"{file}:1: a folder of rails holds *.co, *.yml, *.yaml and *.md files only"
                )
            if file.suffix == ".md" and Path(root) != path:
                raise ConfigError(
                    f"{file}:1: a knowledge base needs an embedding model, which rails lack here"
                )
            found.append(file)
        linked = next((name for name in folders if Path(root, name).is_symlink()), None)
        if linked:
            raise ConfigError(f"{Path(root, linked)}:1: a link leads out of the folder")
    return sorted(found)


def _one(path: Path, files: Iterable[Path], stem: str, *, needed: bool = True) -> Path:
    """The one YAML file of a name."""
    named = [file for file in files if file.parent == path and file.stem == stem and file.suffix != ".md"]
    yamls = [file for file in named if file.suffix != ".co"]
    if len(yamls) > 1:
        raise ConfigError(f"{yamls[1]}:1: there is {yamls[0].name} too")
    if not yamls and needed:
        raise ConfigError(f"{path}: there is no {stem}.yml")
    return yamls[0] if yamls else path / f"{stem}.yaml"


def _digest(path: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        if file.suffix != ".md":
            digest.update(f"{file.relative_to(path)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None


def _complaints(folder: RailsFolder) -> Iterator[str]:
    yield from _unknown(folder, folder.config, ())
    version = str(folder.config.get("colang_version", "1.0"))
    if version != "1.0":
        yield f"{folder.where('colang_version')}: colang_version: {version} does not run here; 1.0 does"
    for direction in DIRECTIONS:
        flows = _at(folder.config, ("rails", direction, "flows"))
        if flows is not None and not (isinstance(flows, list) and all(isinstance(f, str) for f in flows)):
            yield f"{folder.where('rails', direction, 'flows')}: must be a list of names"
    if not any(_at(folder.config, ("rails", direction, "flows")) for direction in DIRECTIONS):
        yield f"{folder.where('rails')}: rails: no rail is named for input, output or retrieval"


def _unknown(folder: RailsFolder, value: Any, place: Place) -> Iterator[str]:  # noqa: ANN401 - YAML
    allowed = _KEYS.get(place)
    if allowed is None or value is None:
        return
    if not isinstance(value, dict):
        yield f"{folder.where(*place)}: {'.'.join(map(str, place))}: must be a mapping"
        return
    for key, inner in value.items():
        inside = (*place, str(key))
        if key not in allowed:
            yield f"{folder.where(*inside)}: {'.'.join(map(str, inside))}: this does not run here"
        else:
            yield from _unknown(folder, inner, inside)


def _at(value: Any, place: Place) -> Any:  # noqa: ANN401 - YAML
    for step in place:
        value = value.get(step) if isinstance(value, dict) else None
    return value
