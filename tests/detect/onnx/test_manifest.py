"""The manifest: complete, checked, and never another file than it says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.detect.onnx.manifest import read, shipped, verify
from gateway.detect.patterns import PATTERNS
from tests.detect.onnx.tiny import write


def test_an_entry_with_its_files(manifest: Path) -> None:
    (model,) = read(manifest)
    verify(model)
    assert model.file == manifest.parent / "model.onnx"
    assert [label.score for label in model.labels] == ["toxicity", "injection"]
    assert (model.max_tokens, model.stride, model.labels[0].temperature) == (10, 6, 2.0)


@pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json"])
def test_another_file_than_the_manifest_says_is_refused(manifest: Path, file: str) -> None:
    (model,) = read(manifest)
    with (manifest.parent / file).open("ab") as stream:
        stream.write(b"\n")
    with pytest.raises(ConfigError, match=rf"model tiny: .*{file} is not the file in the manifest"):
        verify(model)


def test_a_missing_file_is_named(manifest: Path) -> None:
    (model,) = read(manifest)
    (manifest.parent / "model.onnx").unlink()
    with pytest.raises(ConfigError, match=r"model tiny: .*model\.onnx cannot be read"):
        verify(model)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text: text.replace("licence", "license"), r"model\.0\.licen[cs]e"),
        (lambda text: text.replace("sha256 =", "digest =", 1), r"model\.0"),
        (lambda text: text.replace("temperature = 2.0", "temperature = 0"), "temperature"),
        (lambda text: text.replace("stride = 6", "stride = 9"), "leaves gaps"),
        (lambda text: text.replace('normaliser = "1"', 'normaliser = "9"'), "normaliser"),
        (lambda text: text.replace("text-and-token", "token"), "do not fit"),
        (lambda text: f"{text}\n[", "end of document"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, change: Callable[[str], str], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as refusal:
        read(write(tmp_path, change))
    assert "manifest.toml" in str(refusal.value)


@pytest.mark.skipif(not shipped().is_file(), reason="no models are shipped here")
def test_shipped_spans_are_called_as_the_recognisers_call_them() -> None:
    known = {recogniser.label for recogniser in PATTERNS}
    for model in read(shipped()):
        assert set(model.spans.values()) <= known
        assert not {kind for kind in model.kinds if kind.lower() in known} - set(model.spans.values())


def test_no_manifest_is_a_complaint(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        read(tmp_path / "nowhere.toml")


def test_verdicts_depend_on_every_key(manifest: Path) -> None:
    (model,) = read(manifest)
    assert model.digest != model.model_copy(update={"sha256": "0" * 64}).digest
    assert model.digest != model.model_copy(update={"stride": 5}).digest
