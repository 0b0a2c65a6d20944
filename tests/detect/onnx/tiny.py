"""A model that looks for words: each has a fixed logit for each label and tag. Its answers are known."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from tests.detect.onnx.graph import FLOAT, HALF, INT64, model, node, table, value

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "idiot", "ignore", "ada", "love", "##lace", "paris", "fine")
LABELS = ("toxicity", "injection")
TAGS = ("O", "B-PERSON", "I-PERSON", "B-LOCATION", "I-LOCATION")
SAYS = {"idiot": (3.0, -4.0), "ignore": (-4.0, 3.0)}
MEANS = {"ada": "B-PERSON", "love": "I-PERSON", "##lace": "O", "paris": "B-LOCATION"}
NOTHING = -4.0
SURE = 8.0

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def graph(outputs: Sequence[str] = ("labels", "tokens")) -> bytes:
    """Labels are the largest logit of any word, tags those of each word."""
    shapes: dict[str, list[str | int]] = {
        "labels": ["batch", len(LABELS)],
        "tokens": ["batch", "length", len(TAGS)],
    }
    labels = np.array([SAYS.get(word, (NOTHING, NOTHING)) for word in WORDS], np.float32)
    tags = np.zeros((len(WORDS), len(TAGS)), np.float32)
    for at, word in enumerate(WORDS):
        tags[at, TAGS.index(MEANS.get(word, "O"))] = SURE
    return model(
        [
            node("Gather", ["says", "input_ids"], "said"),
            node("ReduceMax", ["said", "axis"], "labels_"),
            node("Squeeze", ["labels_", "axis"], "labels"),
            node("Gather", ["means", "input_ids"], "tokens"),
        ],
        [table("says", labels), table("means", tags), table("axis", np.array([1], np.int64))],
        [value(name, INT64, "batch", "length") for name in INPUTS],
        [value(name, FLOAT, *shapes[name]) for name in outputs],
    )


def half() -> bytes:
    """The tags alone, in 16 bits."""
    tags = np.zeros((len(WORDS), len(TAGS)), np.float16)
    for at, word in enumerate(WORDS):
        tags[at, TAGS.index(MEANS.get(word, "O"))] = SURE
    return model(
        [node("Gather", ["means", "input_ids"], "tokens")],
        [table("means", tags)],
        [value(name, INT64, "batch", "length") for name in INPUTS],
        [value("tokens", HALF, "batch", "length", len(TAGS))],
    )


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordPiece({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return made


MANIFEST = """
[[model]]
id = "tiny"
task = "text-and-token-classification"
file = "model.onnx"
sha256 = "{graph}"
tokenizer = "tokenizer.json"
tokenizer_sha256 = "{tokenizer}"
licence = "Apache-2.0"
source = "tests"
normaliser = "1"
token_types = "letter_case"
tags = {tags}
max_tokens = 10
stride = 6

[[model.labels]]
name = "toxicity"
score = "toxicity"
temperature = 2.0

[[model.labels]]
name = "injection"
score = "injection"
threshold = 0.8
"""


def write(folder: Path, change: Callable[[str], str] = str) -> Path:
    """The model in a folder; returns its manifest."""
    (folder / "model.onnx").write_bytes(graph())
    tokenizer().save(str(folder / "tokenizer.json"))
    text = MANIFEST.format(
        graph=digest(folder / "model.onnx"), tokenizer=digest(folder / "tokenizer.json"), tags=list(TAGS)
    )
    (folder / "manifest.toml").write_text(change(text))
    return folder / "manifest.toml"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
