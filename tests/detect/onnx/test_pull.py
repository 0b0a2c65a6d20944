"""Models of others: taken in from wherever they are, without code."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.detect.detector import Report
from gateway.detect.onnx.assemble import Options, assemble
from gateway.detect.onnx.manifest import read, verify
from gateway.detect.onnx.pull import Wishes, pull
from gateway.detect.onnx.sources import find
from tests.detect.onnx.tiny import LABELS, TAGS, graph, half, tokenizer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def publish(folder: Path, *, spans: bool = False) -> Path:
    """A model as an export for the hub leaves it."""
    folder.mkdir(parents=True)
    names = TAGS if spans else LABELS
    kind = "Token" if spans else "Sequence"
    config = {
        "architectures": [f"BertFor{kind}Classification"],
        "id2label": {str(at): name for at, name in enumerate(names)},
        "max_position_embeddings": 16,
        "problem_type": "multi_label_classification",
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.onnx").write_bytes(graph(["tokens" if spans else "labels"]))
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def judged(manifest: Path, text: str) -> Report:
    installed = assemble(Options(manifests=(str(manifest),), device="cpu"), {})
    assert installed.detector is not None
    (report,) = asyncio.run(installed.detector.detect_batch([text]))
    installed.close()
    return report


def test_a_folder_becomes_an_entry(tmp_path: Path) -> None:
    source = publish(tmp_path / "source")
    wishes = Wishes("theirs", "MIT", category="toxicity", scores={"injection": "injection"})
    model = pull(find(str(source)), wishes, tmp_path / "models")
    verify(model)
    assert (model.task, model.activation, model.max_tokens) == ("text-classification", "sigmoid", 16)
    report = judged(tmp_path / "models" / "manifest.toml", "you idiot")
    assert [(hit.category, hit.label) for hit in report.hits] == [("toxicity", "toxicity")]
    assert report.scores.keys() == {"toxicity/toxicity", "injection"}


def test_span_models_as_well(tmp_path: Path) -> None:
    source = publish(tmp_path / "source", spans=True)
    pull(find(str(source)), Wishes("names", "MIT"), tmp_path / "models")
    report = judged(tmp_path / "models" / "manifest.toml", "in Paris with ada")
    assert [(hit.category, hit.label) for hit in report.hits] == [("pii", "LOCATION"), ("pii", "PERSON")]


def test_a_graph_in_16_bits_comes_along(tmp_path: Path) -> None:
    source = publish(tmp_path / "source", spans=True)
    (source / "model_fp16.onnx").write_bytes(half())
    model = pull(find(str(source)), Wishes("names", "MIT"), tmp_path / "models")
    verify(model)
    assert model.half == tmp_path / "models" / "weights" / "names" / "model_fp16.onnx"
    manifest = tmp_path / "models" / "manifest.toml"
    whole = judged(manifest, "in Paris with ada")
    manifest.write_text(swapped(manifest.read_text()))
    assert judged(manifest, "in Paris with ada") == whole
    model.half.write_bytes(b"another")
    with pytest.raises(ConfigError, match=r"model_fp16\.onnx is not the file in the manifest"):
        verify(model)


def swapped(manifest: str) -> str:
    """The same, but the graph in 16 bits is the one that processors run."""
    return re.sub(r"(?m)^(half|file|sha256|half_sha256) = ", lambda m: f"{TWIN[m[1]]} = ", manifest)


TWIN = {"file": "half", "half": "file", "sha256": "half_sha256", "half_sha256": "sha256"}


def test_two_models_answer_as_one(tmp_path: Path) -> None:
    for name, spans in (("labels", False), ("names", True)):
        source = publish(tmp_path / name, spans=spans)
        pull(
            find(str(source)), Wishes(name, "MIT", category="" if spans else "toxicity"), tmp_path / "models"
        )
    report = judged(tmp_path / "models" / "manifest.toml", "ada idiot")
    assert {hit.label for hit in report.hits} == {"toxicity", "PERSON"}


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    source = publish(tmp_path / "source")
    pull(find(str(source)), Wishes("theirs", "MIT"), tmp_path / "models")
    with pytest.raises(ConfigError, match="there is a model theirs already"):
        pull(find(str(source)), Wishes("theirs", "MIT"), tmp_path / "models")
    assert len(read(tmp_path / "models" / "manifest.toml")) == 1


@pytest.mark.parametrize(
    ("missing", "complaint"),
    [("model.onnx", "name the ONNX graph"), ("tokenizer.json", "no tokenizer"), ("config.json", "id2label")],
)
def test_what_is_missing_is_named(tmp_path: Path, missing: str, complaint: str) -> None:
    source = publish(tmp_path / "source")
    (source / missing).unlink()
    with pytest.raises(ConfigError, match=complaint):
        pull(find(str(source)), Wishes("theirs", "MIT"), tmp_path / "models")
    assert not (tmp_path / "models" / "manifest.toml").exists()


def test_weights_in_a_second_file_are_refused(tmp_path: Path) -> None:
    source = publish(tmp_path / "source")
    (source / "model.onnx_data").touch()
    with pytest.raises(ConfigError, match="second file"):
        pull(find(str(source)), Wishes("theirs", "MIT"), tmp_path / "models")


def test_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path / "site" / "weights_of_theirs")
    (tmp_path / "site" / "weights_of_theirs" / "__init__.py").touch()
    info = tmp_path / "site" / "weights_of_theirs-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: weights-of-theirs\nVersion: 1.2\n")
    (info / "top_level.txt").write_text("weights_of_theirs\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    found = find("package:weights_of_theirs")
    assert (found.source, found.revision) == ("package weights-of-theirs", "1.2")
    assert pull(found, Wishes("theirs", "MIT"), tmp_path / "models").revision == "1.2"


@pytest.mark.parametrize("source", ["package:no_such_thing", "package:../x", "nowhere/at/all"])
def test_a_source_that_is_not_there(source: str) -> None:
    with pytest.raises(ConfigError, match=r"no such (package|folder)"):
        find(source)


def test_the_hub_offline_from_its_cache(tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub")
    repository = tmp_path / "hub" / "models--owner--name"
    publish(repository / "snapshots" / COMMIT)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    command = [sys.executable, "-m", "gateway.cli", "models", "pull", "hub:owner/name"]
    options = ["--id", "theirs", "--licence", "MIT", "--into", str(tmp_path / "models")]
    environment = {**os.environ, "HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [*command, *options], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    (model,) = read(tmp_path / "models" / "manifest.toml")
    verify(model)
    assert (model.source, model.revision) == ("https://huggingface.co/owner/name", COMMIT)
    other = subprocess.run(
        [*command[:-1], "hub:owner/unknown", *options], env=environment, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert (other.returncode, other.stderr[:24]) == (2, "lictor: hub:owner/unknow")
