"""Classifiers in use: what their manifest and cards declare, and what the log shows of them."""

from pathlib import Path

from gateway.detect.onnx.manifest import Model, read, sha256
from reports.context import Context
from reports.frame import framed, narrowed
from reports.model import Claim, Input, Report, Row, Section, Table
from reports.tables import table

FACTS = ("id", "version", "task", "licence", "source", "sha256", "max_tokens", "card")


def build(context: Context) -> Report:
    """Model cards beside what the log shows of their detectors."""
    models = read(context.models) if context.models else ()
    sections = [
        _observed(context, models),
        *(_card(context.models, model) for model in models if context.models),
    ]
    return framed(narrowed(context, ()), "models", "Models in use", sections)


def manifest_inputs(manifest: Path) -> tuple[Input, ...]:
    """Digests of the manifest and of every card that it names."""
    cards = [manifest.parent / model.card for model in read(manifest) if model.card]
    files = [manifest, *(card for card in cards if card.is_file())]
    return tuple(Input(f"models {file.name}", f"sha256:{sha256(file)}") for file in files)


def _observed(context: Context, models: tuple[Model, ...]) -> Section:
    tally = context.tally
    classifiers = tally.of("coverage", "classifiers")
    ran = tally.one("coverage", "classifiers", "ok")
    claims = (
        Claim(
            "classifiers-ran",
            "Classifiers ran on exchanges of the period.",
            "supports" if ran.count else "not_covered",
            "" if ran.count else "No record of the period says that classifiers ran.",
            support=ran,
        ),
    )
    tables = (
        table("Classifiers by how they fared", ("detector", "state"), classifiers),
        table("Detectors that found something", ("detector", "version"), tally.of("detector")),
        table(
            "Models that callers asked for",
            ("model",),
            tally.of("model"),
            "Not ours: they have no card here.",
        ),
    )
    text = () if models else ("No manifest of classifiers was given.",)
    return Section("observed", "Models as observed", text, claims, (), tables)


def _card(manifest: Path | None, model: Model) -> Section:
    facts = [Row((name, str(getattr(model, name) or "(none)"))) for name in FACTS]
    labels = tuple(
        Row((label.name, label.score or "(not reported)", f"{label.threshold:g}", label.operating_point))
        for label in model.labels
    )
    card = manifest.parent / model.card if manifest and model.card else None
    known = f"sha256:{sha256(card)}" if card and card.is_file() else "the card is missing"
    tables = (
        Table("Declared in the manifest", ("field", "value"), tuple(facts)),
        Table("Labels", ("label", "reported as", "threshold", "operating point"), labels),
    )
    made = "What it declares was measured by the model's maker."
    text = (f"Card: {model.card or '(none)'}, {known}. {made}",)
    return Section(f"model-{model.id}", f"Model {model.id}", text, (), (), tables)
