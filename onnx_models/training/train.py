"""Training: shared weights, one or more processes that update them without locks, a time budget."""

# ruff: noqa: ANN401 - tensors, graph nodes and sessions come untyped

import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import multiprocessing
from torch.nn import functional

from onnx_models.training.encode import Pack
from onnx_models.training.network import Weights, forward

EMBEDDINGS: Final = "embeddings.word_embeddings.weight"
_HEADS: Final = ("pool.", "labels.", "tokens.")
_HALVES: Final = torch.backends.cpu.get_cpu_capability() == "AVX512"
"""Whether 16 bits are faster: processors that must imitate them take fifteen times as long."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How long and how hard to train."""

    epochs: float = 1.0
    minutes: float = 60.0
    """The learning rate reaches zero when either is used up."""

    rate: float = 2e-4
    head_rate: float = 1e-3
    warmup: float = 0.04
    dropout: float = 0.0
    """Worth 0.1 once rows come round several times."""

    tokens_a_batch: int = 3072
    token_weight: float = 3.0
    case_dropout: float = 0.1
    frozen: int = 0
    """The word table and so many layers stay as they are: less work, and enough for a refresher."""

    workers: int = 2
    seed: int = 7
    save_every: int = 30


def train(weights: Weights, pack: Pack, out: Path, settings: Settings) -> Weights:
    """The trained weights. Interrupted, it goes on from the last checkpoint in `out`."""
    step, spent = 0, 0.0
    if (state := out / "checkpoint.pt").exists():
        saved = torch.load(state)
        weights, step, spent = saved["weights"], saved["step"], saved["seconds"]
    for name, tensor in weights.items():
        tensor.requires_grad_(_learns(name, settings.frozen)).share_memory_()
    counter = multiprocessing.get_context("spawn").Value("q", step)
    arguments = weights, pack, out, settings, counter, time.time() - spent
    multiprocessing.spawn(_work, arguments, settings.workers)
    return weights


def _learns(name: str, frozen: int) -> bool:
    """Whether a weight may change: heads always do, the embeddings only where no layer stays."""
    if name.startswith("encoder.layer."):
        return int(name.split(".")[2]) >= frozen
    return not frozen or name.startswith(_HEADS)


def batches(lengths: Sequence[int], settings: Settings) -> Iterator[list[int]]:
    """Batches of rows of like length, about as many tokens in each, in random order."""
    rng = random.Random(settings.seed)
    order = list(range(len(lengths)))
    rng.shuffle(order)
    for at in range(0, len(order), 4096):
        pool = sorted(order[at : at + 4096], key=lengths.__getitem__)
        found, batch = [], list[int]()
        for row in pool:
            if batch and (len(batch) + 1) * lengths[row] > settings.tokens_a_batch:
                found.append(batch)
                batch = []
            batch.append(row)
        rng.shuffle(found := [*found, batch])
        yield from found


def loss(weights: Weights, pack: Pack, rows: Sequence[int], settings: Settings) -> Any:
    """Binary cross-entropy over the known labels plus cross-entropy over the annotated tags."""
    ids, mask, cases, tags = collate(pack, rows)
    if random.random() < settings.case_dropout:
        cases = torch.zeros_like(cases)
    with torch.autocast("cpu", torch.bfloat16, enabled=_HALVES):
        labels, tokens = forward(weights, ids, mask, cases, settings.dropout)
    wanted = torch.from_numpy(pack.labels[rows])
    known = ~wanted.isnan()
    each = functional.binary_cross_entropy_with_logits(labels.float(), wanted.nan_to_num(), reduction="none")
    total = (each * known).sum() / len(rows)
    covered = torch.from_numpy(pack.covered[rows])
    spanned = covered[:, 0]
    if spanned.any():
        logits = tokens[spanned].float().masked_fill(~covered[spanned][:, None, :], -1e4)
        total = total + settings.token_weight * functional.cross_entropy(
            logits.flatten(0, 1), tags[spanned].flatten(), ignore_index=-1
        )
    return total


def collate(pack: Pack, rows: Sequence[int]) -> tuple[Any, Any, Any, Any]:
    """Ids, mask, cases and tags of some windows, padded to the longest."""
    bounds = [(pack.starts[row], pack.starts[row + 1]) for row in rows]
    shape = len(rows), int(max(end - start for start, end in bounds))
    ids, mask, cases = (np.zeros(shape, np.int64) for _ in range(3))
    tags = np.full(shape, -1, np.int64)
    for at, (start, end) in enumerate(bounds):
        ids[at, : end - start] = pack.ids[start:end]
        mask[at, : end - start] = 1
        cases[at, : end - start] = pack.cases[start:end]
        tags[at, 1 : end - start - 1] = pack.tags[start + 1 : end - 1]
    return torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(cases), torch.from_numpy(tags)


def _work(  # noqa: PLR0913, PLR0917 - what a process is handed
    rank: int, weights: Weights, pack: Pack, out: Path, settings: Settings, counter: Any, began: float
) -> None:
    """One process: the next free batch each time, its own optimiser, the shared weights."""
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed + rank)
    random.seed(settings.seed + rank)
    (out / f"worker-{rank}.pid").write_text(str(os.getpid()))
    optimisers = _optimisers(weights, settings)
    listed = list(batches(np.diff(pack.starts).tolist(), settings))
    mean = 0.0
    while (progress := _progress(counter.value, len(listed), began, settings)) < 1.0:
        step = _claim(counter)
        _set_rates(optimisers, settings, progress)
        mean = 0.98 * mean + 0.02 * _update(weights, pack, listed[step % len(listed)], optimisers, settings)
        if rank == 0 and random.random() * settings.save_every < 1:
            _save(weights, out, step, time.time() - began)
            print(
                f"{time.time() - began:6.0f} s  step {step}  progress {progress:.3f}  loss {mean:.3f}",
                flush=True,
            )
    if rank == 0:
        _save(weights, out, counter.value, time.time() - began)


def _progress(step: int, total: int, began: float, settings: Settings) -> float:
    return max(step / (total * settings.epochs), (time.time() - began) / (60 * settings.minutes))


def _claim(counter: Any) -> int:
    with counter.get_lock():
        counter.value += 1
        return int(counter.value) - 1


def _update(
    weights: Weights, pack: Pack, rows: Sequence[int], optimisers: Sequence[Any], settings: Settings
) -> float:
    value = loss(weights, pack, rows, settings)
    value.backward()
    clipped = [tensor for name, tensor in weights.items() if name != EMBEDDINGS and tensor.requires_grad]
    torch.nn.utils.clip_grad_norm_(clipped, 1.0)
    for optimiser in optimisers:
        optimiser.step()
        optimiser.zero_grad()
    return float(value.detach())


def _optimisers(weights: Weights, settings: Settings) -> list[Any]:
    learning = {name: tensor for name, tensor in weights.items() if tensor.requires_grad}
    words = learning.pop(EMBEDDINGS, None)
    heads = [tensor for name, tensor in learning.items() if name.startswith(_HEADS)]
    body = [tensor for name, tensor in learning.items() if not name.startswith(_HEADS)]
    groups = [{"params": body, "base": settings.rate}, {"params": heads, "base": settings.head_rate}]
    found: list[Any] = [torch.optim.AdamW(groups, fused=True)]
    if words is not None:
        found.append(torch.optim.SparseAdam([{"params": [words], "base": settings.rate}]))
    return found


def _set_rates(optimisers: Sequence[Any], settings: Settings, progress: float) -> None:
    factor = min(progress / settings.warmup, (1 - progress) / (1 - settings.warmup))
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = group["base"] * max(factor, 0.001)


def _save(weights: Weights, out: Path, step: int, seconds: float) -> None:
    """Whole or not at all."""
    fresh = out / "checkpoint.new"
    copied = {name: tensor.detach().clone() for name, tensor in weights.items()}
    torch.save({"weights": copied, "step": step, "seconds": seconds}, fresh)
    fresh.replace(out / "checkpoint.pt")
