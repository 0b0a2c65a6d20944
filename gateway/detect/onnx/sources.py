"""Where models come from: a folder, an installed package, or the Hugging Face hub."""

import importlib.metadata
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.core.errors import ConfigError

PACKAGE: Final = "package:"
HUB: Final = "hub:"
HALF: Final = "model_fp16.onnx"
"""What exports call the graph in 16-bit floats."""

GRAPHS: Final = ("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx")
"""What they call the usual one, first choice first."""

_BESIDE: Final = ("tokenizer.json", "onnx/tokenizer.json", "config.json", HALF, f"onnx/{HALF}")


@dataclass(frozen=True, slots=True)
class Found:
    """The files of a model, and where they are from."""

    folder: Path
    source: str
    revision: str = ""
    """The commit, on the hub; the version, in a package."""


def find(source: str, revision: str = "", file: str = "") -> Found:
    """Look a source up: ``hub:owner/name``, ``package:name``, or the path of a folder.

    The hub is reached through its own library, which also serves what is in its cache when
    ``HF_HUB_OFFLINE`` is set. A branch is resolved to the commit that it stands for. Many repositories
    there hold a graph in every precision: only ``file`` is fetched, or those of the usual names.

    Raises:
        ConfigError: there is no such source.
    """
    if source.startswith(HUB):
        return _on_hub(source.removeprefix(HUB), revision, [file] if file else GRAPHS)
    if source.startswith(PACKAGE):
        return _in_package(source.removeprefix(PACKAGE))
    if not Path(source).is_dir():
        raise ConfigError(f"{source}: no such folder; say {HUB}owner/name for a model on the hub")
    return Found(Path(source), source, revision)


def _on_hub(name: str, revision: str, graphs: Sequence[str]) -> Found:
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise ConfigError("the hub needs its library: pip install huggingface_hub") from None
    try:
        folder = snapshot_download(name, revision=revision or None, allow_patterns=[*graphs, *_BESIDE])
    except (OSError, ValueError) as error:  # all of the library's errors are one of these
        raise ConfigError(f"{HUB}{name}: {error}") from None
    # The library keeps every snapshot under the name of its commit.
    return Found(Path(folder), f"https://huggingface.co/{name}", Path(folder).name)


def _in_package(name: str) -> Found:
    found = importlib.util.find_spec(name) if name.isidentifier() else None
    if found is None or not found.submodule_search_locations:
        raise ConfigError(f"{PACKAGE}{name}: no such package is installed")
    folder = Path(next(iter(found.submodule_search_locations)))
    (distribution, *_) = importlib.metadata.packages_distributions().get(name, [name])
    return Found(folder, f"package {distribution}", importlib.metadata.version(distribution))
