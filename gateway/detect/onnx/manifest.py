"""The manifest: which models there are and what serving must know about them. Standard files only.

Every key is described in ``onnx_models/README.md``. Paths are relative to the manifest; a file whose
SHA-256 is not the one in its entry is refused.
"""

import hashlib
import importlib.util
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gateway.core.errors import ConfigError
from gateway.detect.onnx.normalise import VERSION as NORMALISER

SHIPPED = "shipped"
"""The word that stands for the manifest that comes with the package."""

Task = Literal["text-classification", "token-classification", "text-and-token-classification"]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Entry):
    """``[[model.labels]]``: one place on the axis of labels."""

    name: str
    score: str = ""
    """The name as policies see it, ``category`` or ``category/label``; without one it is not reported."""

    temperature: Annotated[float, Field(gt=0)] = 1.0
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    """From which score on the label is a finding."""

    operating_point: str = ""


class Model(_Entry):
    """``[[model]]``"""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    version: str = "1"
    task: Task
    file: Path | None = None
    sha256: Digest | None = None
    tokenizer: Path
    tokenizer_sha256: Digest
    half: Path | None = None
    """The same graph in 16-bit floats, for CUDA devices: what is quantised to 8 bits is for processors."""

    half_sha256: Digest | None = None
    remote: str = ""
    """URL of the model on a KServe V2 server, in place of ``file``: ``http://host:8000/v2/models/name``."""

    licence: str
    source: str
    revision: str = ""
    """Commit that the files were taken from, where the source has such."""

    card: str = ""
    normaliser: Literal["", "1"] = ""
    """Version of the normaliser that the model was trained with; none for models trained elsewhere."""

    token_types: Literal["", "letter_case"] = ""
    pooling: Literal["graph"] = "graph"
    aggregate: Literal["max"] = "max"
    activation: Literal["sigmoid", "softmax"] = "sigmoid"
    """How logits of labels become scores: each by itself, or all of them against each other."""

    category: str = "pii"
    """Category of the spans."""

    tags: tuple[str, ...] = ()
    spans: dict[str, str] = Field(default_factory=dict)
    """Kinds of span to their label as policies see it, where a recogniser has a name for the same."""

    max_tokens: Annotated[int, Field(ge=8, le=8192)] = 256
    stride: Annotated[int, Field(gt=0)] = 192
    labels: tuple[Label, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> "Model":
        """Refuse an entry that could not be served."""
        if bool(self.remote) == bool(self.file and self.sha256):
            raise ValueError("needs either `file` with `sha256`, or `remote`")
        if bool(self.half) != bool(self.half_sha256) or (self.half and not self.file):
            raise ValueError("`half` needs `half_sha256`, and `file` beside it")
        if self.labelled != bool(self.labels) or self.tagged != bool(self.tags):
            raise ValueError(f"`labels` and `tags` do not fit a {self.task}")
        if self.normaliser not in {"", NORMALISER}:
            raise ValueError(f"normaliser {self.normaliser} is not the {NORMALISER} of this gateway")
        if self.stride > self.max_tokens - 2:
            raise ValueError("`stride` leaves gaps between windows of `max_tokens`")
        return self

    @property
    def labelled(self) -> bool:
        """Whether it judges whole texts."""
        return self.task != "token-classification"

    @property
    def tagged(self) -> bool:
        """Whether it finds spans."""
        return self.task != "text-classification"

    @property
    def kinds(self) -> frozenset[str]:
        """The labels that its spans can have."""
        return frozenset(self.spans.get(tag[2:], tag[2:]) for tag in self.tags if tag != "O")

    @property
    def digest(self) -> str:
        """What verdicts depend on: the whole entry, digests of the files included, but not their place."""
        entry = self.model_dump_json(exclude={"file", "half", "tokenizer"})
        return hashlib.sha256(entry.encode()).hexdigest()

    def located(self, folder: Path) -> "Model":
        """The entry with its paths made absolute."""
        paths = {"file": self.file, "half": self.half, "tokenizer": self.tokenizer}
        return self.model_copy(update={key: path and folder / path for key, path in paths.items()})


class _Manifest(_Entry):
    model: tuple[Model, ...] = ()


def shipped() -> Path:
    """Where the shipped manifest lies, whether or not there is one."""
    found = importlib.util.find_spec("onnx_models")
    folders = list(found.submodule_search_locations or ()) if found else []
    return Path(folders[0] if folders else "onnx_models") / "manifest.toml"


def read(path: Path) -> tuple[Model, ...]:
    """The models of a manifest, with absolute paths.

    Raises:
        ConfigError: it cannot be read, or a key is unknown, missing or wrong.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        models = _Manifest.model_validate(raw).model
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {_complaint(error)}") from None
    folder = path.resolve().parent
    return tuple(model.located(folder) for model in models)


def verify(model: Model) -> None:
    """Check the files of a model against the digests in its entry.

    Raises:
        ConfigError: a file is missing, or is another one than the entry says.
    """
    _verify(model.id, model.tokenizer, model.tokenizer_sha256)
    if model.file is not None and model.sha256 is not None:
        _verify(model.id, model.file, model.sha256)
    if model.half is not None and model.half_sha256 is not None:
        _verify(model.id, model.half, model.half_sha256)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises ``OSError``."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _verify(model: str, path: Path, wanted: str) -> None:
    try:
        found = sha256(path)
    except OSError as error:
        raise ConfigError(f"model {model}: {path} cannot be read: {error.strerror}") from None
    if found != wanted:
        raise ConfigError(
            f"model {model}: {path} is not the file in the manifest: "
            f"its SHA-256 is {found}, the manifest says {wanted}"
        )


def _complaint(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error)
