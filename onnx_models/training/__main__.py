"""The recipe, stage by stage. A stage whose result lies in ``--out`` already is left out.

Interrupted, the same command goes on where it stopped; delete a result to have it made again.
"""

import argparse
import json
import pickle
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from onnx_models.training import prepare
from onnx_models.training.calibrate import Calibration
from onnx_models.training.schema import Row

_KEPT: Final = 3
"""Layers that a run which goes on from trained weights leaves alone."""

_CALIBRATED: Final = 200
"""Validation rows of a source that thresholds are chosen on."""

_SMALL: Final = 1024
"""Tokens of its batches: it is short, and needs steps more than smooth ones."""


@dataclass(frozen=True, slots=True)
class Run:
    """Where everything is."""

    data: Path
    base: Path
    """Folder with the base encoder's ``model.safetensors`` and ``tokenizer.json``."""

    out: Path
    minutes: float
    workers: int
    seed: int
    adopt: Path | None = None
    """Where an earlier run lies that this one carries on with the sources which that held out."""

    start: Path | None = None
    """A shipped file whose weights this run goes on with."""

    @property
    def tokenizer(self) -> Path:
        """The vocabulary of the base."""
        return self.base / "tokenizer.json"

    def rows(self) -> list[Row]:
        """What the first stage left."""
        found: list[Row] = pickle.loads((self.out / "rows.pickle").read_bytes())  # noqa: S301 - our own file
        return found

    def calibration(self) -> Mapping[str, Calibration]:
        """What calibration left."""
        found = json.loads((self.out / "calibration.json").read_text())
        return {name: Calibration(**values) for name, values in found.items()}


def _prepare(run: Run) -> None:
    if run.adopt:
        prepare.carry_on(run.adopt, run.tokenizer, run.out, run.seed)
    else:
        prepare.prepare(run.data, run.tokenizer, run.out, run.seed, fresh=run.start is not None)


def _train(run: Run) -> None:
    import torch

    from onnx_models.training.encode import Pack
    from onnx_models.training.train import Settings, train

    torch.manual_seed(run.seed)
    settings = Settings(minutes=run.minutes, workers=run.workers, seed=run.seed)
    weights = _first_weights(run)
    if run.adopt or run.start:
        settings = replace(
            settings,
            rate=settings.rate / 2,
            head_rate=settings.head_rate / 2,
            frozen=_KEPT,
            tokens_a_batch=_SMALL,
        )
    weights = train(weights, Pack.load(run.out / "train.npz"), run.out, settings)
    torch.save({name: tensor.detach().clone() for name, tensor in weights.items()}, run.out / "weights.pt")


def _first_weights(run: Run) -> dict[str, Any]:
    """Those of an earlier run, of a shipped file, or of the base."""
    import torch

    from onnx_models.training.network import initial
    from onnx_models.training.shipped import read_shipped

    if run.adopt:
        return dict(torch.load(run.adopt / "weights.pt"))
    if run.start:
        return {name: torch.tensor(array) for name, array in read_shipped(run.start).items()}
    return initial(run.base / "model.safetensors")


def _export(run: Run) -> None:
    import torch

    from onnx_models.training.export import export, quantise

    arrays = {name: tensor.numpy() for name, tensor in torch.load(run.out / "weights.pt").items()}
    export(arrays, run.out / "float.onnx", bytes_for_words=False)
    export(arrays, run.out / "bytes.onnx", bytes_for_words=True)
    quantise(run.out / "bytes.onnx", run.out / "model.onnx")


def _calibrate(run: Run) -> None:
    from onnx_models.training.calibrate import calibrate
    from onnx_models.training.evaluate import Judged, sample
    from onnx_models.training.score import Scorer
    from onnx_models.training.split import Side

    rows = sample(run.rows(), [Side.VALIDATION], run.seed, _CALIBRATED)
    answers = Scorer(run.out / "model.onnx", run.tokenizer).answers([row.text for row in rows])
    judged = Judged(rows, answers)
    found = calibrate(judged.logits(), judged.truth(), [row.source for row in rows])
    plain = {name: asdict(one) for name, one in found.items()}
    (run.out / "calibration.json").write_text(json.dumps(plain, indent=2))


def _publish(run: Run) -> None:
    from onnx_models.training.publish import publish

    publish(run.out / "model.onnx", run.tokenizer, run.calibration(), run.out / "models")


def _evaluate(run: Run) -> None:
    from onnx_models.training.report import report
    from onnx_models.training.split import HELD_OUT, spared

    rows = [row for row in run.rows() if not run.adopt or row.source not in HELD_OUT or spared(row)]
    report(rows, run.out / "model.onnx", run.tokenizer, run.calibration(), run.out)


def _parity(run: Run) -> None:
    import torch

    from onnx_models.training.parity import write

    weights = torch.load(run.out / "weights.pt")
    write(weights, run.out / "model.onnx", run.tokenizer, run.calibration(), run.out / "parity.json")


def _card(run: Run) -> None:
    from onnx_models.training.card import card
    from onnx_models.training.plot import reliability
    from onnx_models.training.publish import NAME

    figures = json.loads((run.out / "metrics.json").read_text())
    if run.adopt:
        figures["before"] = json.loads((run.adopt / "metrics.json").read_text())
    parity = json.loads((run.out / "parity.json").read_text())["measured"]
    if (beside := run.out / "baselines.md").exists():
        figures["baselines"] = beside.read_text()
    cards = run.out / "models" / "cards"
    cards.mkdir(parents=True, exist_ok=True)
    (cards / f"{NAME}.svg").write_text(reliability(figures["reliability"]), encoding="utf-8")
    (cards / f"{NAME}.md").write_text(card(figures | {"parity": parity}), encoding="utf-8")


_STAGES: Final[Mapping[str, tuple[Callable[[Run], None], str]]] = {
    "prepare": (_prepare, "train.npz"),
    "train": (_train, "weights.pt"),
    "export": (_export, "model.onnx"),
    "calibrate": (_calibrate, "calibration.json"),
    "publish": (_publish, "models/manifest.toml"),
    "evaluate": (_evaluate, "metrics.json"),
    "parity": (_parity, "parity.json"),
    "card": (_card, "models/cards"),
}


def main() -> None:
    """Run the stages that are missing."""
    parser = argparse.ArgumentParser(prog="python -m onnx_models.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled *.jsonl.gz files")
    parser.add_argument("--base", type=Path, required=True, help="folder of the base encoder")
    parser.add_argument("--out", type=Path, required=True, help="folder for everything that is made")
    parser.add_argument("--minutes", type=float, default=60.0, help="time for the training stage")
    parser.add_argument("--workers", type=int, default=2, help="processes that train together")
    parser.add_argument("--seed", type=int, default=7, help="for splits, samples and templates")
    parser.add_argument(
        "--adopt", type=Path, help="an earlier --out: train it on, its held-out sources included"
    )
    parser.add_argument(
        "--from-onnx", dest="start", type=Path, help="a shipped model.onnx: go on with its weights"
    )
    parser.add_argument("--stage", choices=_STAGES, action="append", help="only this one; may be repeated")
    options = vars(parser.parse_args())
    wanted = options.pop("stage") or list(_STAGES)
    run = Run(**options)
    run.out.mkdir(parents=True, exist_ok=True)
    for name in wanted:
        stage, result = _STAGES[name]
        if (run.out / result).exists():
            print(f"{name}: {result} is there")
        else:
            print(f"{name} …", flush=True)
            stage(run)


if __name__ == "__main__":
    main()
