"""The exported model at work, as serving must agree with: logits of windows, scores of a text, spans."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from onnx_models.training.encode import Tokens, framed, load_tokenizer, tokenize, windows
from onnx_models.training.schema import TAGS, Span

Floats = npt.NDArray[np.float32]

_BATCH_TOKENS: Final = 2048


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says of one text: a logit a label, the spans."""

    logits: Floats
    spans: tuple[Span, ...]


class Scorer:
    """A session, a vocabulary, and how a text is cut and put together again."""

    def __init__(self, model: Path, tokenizer: Path, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session: Any = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Tokenizer = load_tokenizer(tokenizer)

    def answers(self, texts: Sequence[str]) -> list[Answer]:
        """One answer a text: the largest logit of its windows, the spans of its tokens."""
        tokens = list(tokenize(self._tokenizer, texts))
        jobs = [(at, window) for at, each in enumerate(tokens) for window in windows(len(each.ids))]
        jobs.sort(key=lambda job: job[1][1] - job[1][0])
        labels: list[list[Floats]] = [[] for _ in texts]
        tagged: list[list[tuple[int, Floats]]] = [[] for _ in texts]
        for batch in _batches(jobs):
            for (at, (start, end)), (label, tag) in zip(batch, self._run(tokens, batch), strict=True):
                labels[at].append(label)
                tagged[at].append((start, tag[1 : 1 + end - start]))
        return [
            Answer(np.max(found, axis=0), spans(each, stitched(len(each.ids), parts)))
            for each, found, parts in zip(tokens, labels, tagged, strict=True)
        ]

    def _run(self, tokens: Sequence[Tokens], batch: Sequence[tuple[int, tuple[int, int]]]) -> Iterator[Any]:
        rows = [framed(tokens[at], *window) for at, window in batch]
        shape = len(rows), max(len(ids) for ids, _ in rows)
        ids, mask, cases = (np.zeros(shape, np.int64) for _ in range(3))
        for at, (row, case) in enumerate(rows):
            ids[at, : len(row)], mask[at, : len(row)], cases[at, : len(row)] = row, 1, case
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": cases}
        return zip(*self._session.run(["labels", "tokens"], inputs), strict=True)


def stitched(length: int, parts: Sequence[tuple[int, Floats]]) -> Floats:
    """Tag logits of the whole text: each token from the window in which it stands farthest from an edge."""
    result = np.zeros((length, len(TAGS)), np.float32)
    depth = np.full(length, -1)
    for start, logits in parts:
        at = np.arange(len(logits))
        inner = np.minimum(at, len(logits) - 1 - at)
        better = inner > depth[start : start + len(logits)]
        result[start : start + len(logits)][better] = logits[better]
        depth[start : start + len(logits)][better] = inner[better]
    return result


def spans(tokens: Tokens, logits: Floats) -> tuple[Span, ...]:
    """Runs of tokens of one kind. A B begins a new one; the rest of a word goes with its first token."""
    found: list[Span] = []
    last = ""
    best = logits.argmax(1).tolist() if len(logits) else []
    for (start, end), continues, tag in zip(tokens.places, tokens.continues, best, strict=True):
        place, _, kind = ("I", "", last) if continues else TAGS[tag].partition("-")
        if kind and place == "I" and kind == last:
            found[-1] = Span(found[-1].start, end, kind)
        elif kind:
            found.append(Span(start, end, kind))
        last = kind
    return tuple(found)


def _batches(jobs: Sequence[tuple[int, tuple[int, int]]]) -> Iterator[Sequence[tuple[int, tuple[int, int]]]]:
    at = 0
    while at < len(jobs):
        size = max(1, _BATCH_TOKENS // (jobs[min(at + 64, len(jobs) - 1)][1][1] - jobs[at][1][0] + 2))
        yield jobs[at : at + min(size, 64)]
        at += min(size, 64)
