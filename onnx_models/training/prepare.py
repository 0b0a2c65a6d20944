"""The first stage: read, merge, split, write what is missing, tokenise, pack."""

import pickle
from pathlib import Path

from onnx_models.training.encode import load_tokenizer, pack
from onnx_models.training.mix import adopted, epoch, made, refreshed
from onnx_models.training.read import read
from onnx_models.training.schema import Row
from onnx_models.training.split import merged, regrouped


def load_rows(data: Path, seed: int) -> list[Row]:
    """All annotated rows, and the made ones."""
    rows = regrouped(merged(read(data)))
    return rows + made(rows, seed)


def carry_on(earlier: Path, tokenizer: Path, out: Path, seed: int) -> None:
    """The rows of an earlier run, packed for adopting what that held out."""
    saved = (earlier / "rows.pickle").read_bytes()
    (out / "rows.pickle").write_bytes(saved)
    rows: list[Row] = pickle.loads(saved)  # noqa: S301 - our own file
    pack(load_tokenizer(tokenizer), adopted(rows, seed), seed).save(out / "train.npz")


def prepare(data: Path, tokenizer: Path, out: Path, seed: int, *, fresh: bool) -> None:
    """Leave the rows and the packed training set in `out`; `fresh`: for weights that know the rest."""
    rows = load_rows(data, seed)
    (out / "rows.pickle").write_bytes(pickle.dumps(rows))
    chosen = refreshed(rows, seed) if fresh else epoch(rows, seed)
    packed = pack(load_tokenizer(tokenizer), chosen, seed)
    packed.save(out / "train.npz")
    size = f"{len(packed.ids)} tokens in {len(packed.covered)} windows"
    print(f"{len(rows)} rows, {len(chosen)} for training, {size}")
