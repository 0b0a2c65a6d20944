"""Rows from a folder of ``*.jsonl.gz`` files; the family of a file is its schema."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from onnx_models.training.schema import LABELS, TAGGED, Row, Span

_CLEAN: Final = dict.fromkeys(LABELS, 0.0)
"""What ordinary text is known not to be."""

_PEACEFUL: Final = {"restaurant8k", "hwu64", "wikigold", "sec_filings", "synthetic_templates"}
"""Sources of spans whose texts are ordinary in every other respect."""

_MIXED: Final = {"oasst_eval_prompts", "truthfulqa_questions", "self_instruct_seeds", "boolq_passages"}
"""Benign sources that may well speak of groups, war or crime."""

_ABSENT: Final = frozenset({"PHONE", "EMAIL", "IP_ADDRESS", "CREDIT_CARD", "IBAN", "SECRET"})
"""Kinds that sources of names and dates do not annotate because they do not occur there."""

_NO_REQUEST: Final = {"injection": 0.0, "harm_request": 0.0, "self_harm": 0.0}
"""What posts and statements are not, unless their source says otherwise."""

_RENAMED: Final = {
    "US_SSN": "ID_NUMBER",
    "MAC_ADDRESS": "ID_NUMBER",
    "CRYPTO_ADDRESS": "SECRET",
    "GROUP": "ORGANIZATION",
}
"""What sources call otherwise; bands and teams are organisations to most of them."""


def read(folder: Path) -> Iterator[Row]:
    """Every row of every family found in the folder."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        convert = _CONVERTERS[path.name.removesuffix(".jsonl.gz")]
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield from convert(json.loads(line))


def _toxicity(raw: dict[str, Any]) -> Iterator[Row]:
    finer = {name: float(value) for name, value in raw["labels"].items() if name != "toxic"}
    if not raw["labels"]["toxic"]:
        finer = dict.fromkeys(("hate", "insult", "threat"), 0.0) | finer
    if finer.get("threat") == 0.0:
        finer = {"violence": 0.0} | finer
    yield _row(raw, _NO_REQUEST | finer | {"toxicity": float(raw["labels"]["toxic"])})


def _bias(raw: dict[str, Any]) -> Iterator[Row]:
    labels = _NO_REQUEST | {"bias": float(raw["label"])}
    if raw["source"] in {"bold_wikipedia", "holisticbias_neutral"}:
        labels |= {"toxicity": 0.0, "hate": 0.0, "insult": 0.0, "threat": 0.0}
    if raw["source"] == "toxigen_demonstrations":
        labels |= {"toxicity": labels["bias"], "hate": labels["bias"]}
    yield _row(raw, labels)
    if raw.get("pair_text"):
        yield _row(raw | {"text": raw["pair_text"], "id": f"{raw['id']}:pair"}, labels | {"bias": 0.0})


def _injection(raw: dict[str, Any]) -> Iterator[Row]:
    calm = raw["source"] in {"bipia", "awesome_chatgpt_prompts", "cyberseceval_frr"}
    known = dict.fromkeys(("toxicity", "hate", "insult", "threat", "bias"), 0.0) if calm else {}
    yield _row(raw, known | {"injection": float(raw["label"])})


def _harm_request(raw: dict[str, Any]) -> Iterator[Row]:
    calm = {"toxicity": 0.0, "insult": 0.0} if raw["source"] in {"harmfulqa", "cyberseceval_frr"} else {}
    yield _row(raw, calm | {"harm_request": float(raw["label"]), "injection": 0.0})


def _benign(raw: dict[str, Any]) -> Iterator[Row]:
    unknown = {"bias", "violence", "self_harm", "sexual"} if raw["source"] in _MIXED else set()
    if raw["source"] == "oasst_eval_prompts":
        unknown |= {"harm_request"}
    yield _row(raw, {name: value for name, value in _CLEAN.items() if name not in unknown})


def _pii(raw: dict[str, Any]) -> Iterator[Row]:
    spans = [Span(at["start"], at["end"], _RENAMED.get(at["label"], at["label"])) for at in raw["spans"]]
    covered = {_RENAMED.get(name, name) for name in raw["labels_covered"]} | {span.kind for span in spans}
    covered |= (
        _ABSENT if raw["source"] in _PEACEFUL else {"USERNAME"} if "twitter" in raw["source"] else set()
    )
    labels = _CLEAN if raw["source"] in _PEACEFUL else {"injection": 0.0}
    known = tuple(span for span in spans if span.kind in TAGGED)
    yield _row(raw, dict(labels), known, frozenset(covered & set(TAGGED)))


def _row(
    raw: dict[str, Any],
    labels: dict[str, float],
    spans: tuple[Span, ...] = (),
    covered: frozenset[str] = frozenset(),
) -> Row:
    group, subgroup = _group(raw), str(raw.get("group") or raw.get("target") or raw.get("bias_type") or "")
    return Row(raw["text"], raw["source"], raw["id"], labels, spans, covered, group, subgroup)


def _group(raw: dict[str, Any]) -> str:
    """Rows that must not be parted: two sides of a pair, one context, one topic."""
    source, _, name = str(raw["id"]).partition(":")
    match source:
        case "paradetox" | "stereoset":
            name = name[:-1]
        case "bipia":
            name = "_".join(name.split("_")[:2])
        case "hearts_gpt_aug":
            name = str(raw.get("group"))
        case "decodingtrust_stereotype":
            name = str(raw.get("bias_type"))
    return f"{source}:{name}"


_CONVERTERS: Final = {
    "toxicity": _toxicity,
    "toxicity_machine_labelled": _toxicity,
    "bias": _bias,
    "injection": _injection,
    "harm_request": _harm_request,
    "benign": _benign,
    "pii_ner": _pii,
    "pii_synthetic": _pii,
}
