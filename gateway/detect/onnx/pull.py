"""Taking in a model that somebody else trained: its files copied, an entry written to a manifest.

Everything that serving must know is read from the model's own ``config.json``; nothing of it is run.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gateway.core.errors import ConfigError
from gateway.detect.onnx.manifest import Label, Model, read, sha256
from gateway.detect.onnx.sources import GRAPHS, HALF, Found

MANIFEST: Final = "manifest.toml"
LONGEST: Final = 512
"""Tokens of a window, for models that could take more: beyond this attention costs more than it gives."""

HARMLESS: Final = frozenset({
    "benign", "clean", "legit", "neutral", "non-toxic", "none", "normal", "not_toxic", "ok", "safe",
})  # fmt: skip
"""Labels that say that nothing was found."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What only the operator can know."""

    id: str
    licence: str
    category: str = ""
    """Category of the findings; without one ``pii`` for spans, and the id for labels."""

    file: str = ""
    """The graph inside the source, where there are several."""

    scores: Mapping[str, str] = field(default_factory=dict)
    """Score names by label, where they should differ; an empty name leaves a label out."""


def pull(found: Found, wishes: Wishes, folder: Path) -> Model:
    """Copy a model into ``folder`` and add it to the manifest there, its graph in 16 bits included.

    Raises:
        ConfigError: it is no text or token classifier that can be served, or its id is taken.
    """
    manifest = folder / MANIFEST
    if manifest.is_file() and any(model.id == wishes.id for model in read(manifest)):
        raise ConfigError(f"{manifest}: there is a model {wishes.id} already")
    graph, tokenizer = _graph(found.folder, wishes.file), _tokenizer(found.folder)
    config = _config(found.folder)
    weights = folder / "weights" / wishes.id
    weights.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(graph, weights / "model.onnx")
    if (half := graph.with_name(HALF)) != graph and half.is_file():
        shutil.copyfile(half, weights / HALF)
    shutil.copyfile(tokenizer, weights / "tokenizer.json")
    model = _entry(found, wishes, config, weights)
    with manifest.open("a", encoding="utf-8") as stream:
        stream.write(toml(model, folder))
    return read(manifest)[-1]


def _graph(folder: Path, named: str) -> Path:
    candidates = [folder / named] if named else [folder / name for name in GRAPHS]
    there = [path for path in candidates if path.is_file()] or (
        [] if named else sorted(folder.rglob("*.onnx"))
    )
    if not there or (len(there) > 1 and there[0] not in candidates):
        names = ", ".join(str(path.relative_to(folder)) for path in there) or "none"
        raise ConfigError(f"{folder}: name the ONNX graph; there is {names}")
    if any(there[0].with_name(there[0].name + ending).exists() for ending in ("_data", ".data")):
        raise ConfigError(f"{there[0]}: keeps its weights in a second file, which a digest would not cover")
    return there[0]


def _tokenizer(folder: Path) -> Path:
    for path in (folder / "tokenizer.json", folder / "onnx" / "tokenizer.json"):
        if path.is_file():
            return path
    raise ConfigError(f"{folder}: no tokenizer.json, which the `tokenizers` package needs")


def _config(folder: Path) -> Mapping[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        names = config["id2label"]
        config["names"] = [str(names[str(at)]) for at in range(len(names))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError(f"{folder}: no config.json with `id2label`, which names the labels") from None
    return dict(config)


def _entry(found: Found, wishes: Wishes, config: Mapping[str, Any], weights: Path) -> Model:
    architecture = " ".join(config.get("architectures") or ())
    spans = "TokenClassification" in architecture
    if not spans and "SequenceClassification" not in architecture:
        raise ConfigError(f"{found.folder}: {architecture or 'an unnamed architecture'} classifies no text")
    half = weights / HALF if (weights / HALF).is_file() else None
    longest = min(LONGEST, int(config.get("max_position_embeddings") or LONGEST))
    return Model(
        id=wishes.id,
        task="token-classification" if spans else "text-classification",
        file=weights / "model.onnx",
        sha256=sha256(weights / "model.onnx"),
        half=half,
        half_sha256=None if half is None else sha256(half),
        tokenizer=weights / "tokenizer.json",
        tokenizer_sha256=sha256(weights / "tokenizer.json"),
        licence=wishes.licence,
        source=found.source,
        revision=found.revision,
        activation="sigmoid" if config.get("problem_type") == "multi_label_classification" else "softmax",
        category=wishes.category or "pii",
        tags=tuple(config["names"]) if spans else (),
        max_tokens=longest,
        stride=longest * 3 // 4,
        labels=() if spans else tuple(_labels(config["names"], wishes)),
    )


def _labels(names: Sequence[str], wishes: Wishes) -> list[Label]:
    category = wishes.category or wishes.id
    usual = {name: "" if name.lower() in HARMLESS else f"{category}/{name.lower()}" for name in names}
    if unknown := wishes.scores.keys() - usual.keys():
        raise ConfigError(f"no label {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return [Label(name=name, score=wishes.scores.get(name, usual[name])) for name in names]


def toml(model: Model, folder: Path) -> str:
    """The entry as it stands in a manifest in ``folder``."""
    values = model.model_dump(mode="json", exclude_defaults=True, exclude={"labels"})
    paths = values.keys() & {"file", "half", "tokenizer"}
    values |= {key: str(Path(values[key]).relative_to(folder)) for key in paths}
    lines = ["", "[[model]]", *(f"{key} = {_value(value)}" for key, value in values.items())]
    for label in model.labels:
        fields = label.model_dump(exclude_defaults=True) | {"threshold": label.threshold}
        lines += ["", "[[model.labels]]", *(f"{key} = {_value(value)}" for key, value in fields.items())]
    return "\n".join((*lines, ""))


def _value(value: object) -> str:
    """TOML's strings, numbers and arrays are JSON's, as long as what TOML calls control is escaped."""
    return json.dumps(value).replace("\x7f", "\\u007f")
