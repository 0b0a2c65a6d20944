"""``lictor models``: which classifiers there are, and taking in others."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from gateway.core.errors import ConfigError

NOTHING = 3


@click.group()
def models() -> None:
    """List the classifiers, or take in others."""


@models.command("list")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="LICTOR_CONFIG",
    help="Settings file (TOML). Without one: the shipped models.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_models(config: Path | None, as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Load the models and say what runs where, and why.

    LICTOR_DEVICE=cpu|cuda|tensorrt|auto chooses the device. Exit code 3 when no model runs.
    """
    from gateway.server.models import listed, models
    from gateway.server.settings import Settings, load

    settings = load(config) if config else Settings()
    installed = models(settings.classifiers, os.environ)
    installed.close()
    told: Mapping[str, Any] = listed(installed)
    click.echo(json.dumps(told, indent=2) if as_json else _text(told))
    sys.exit(NOTHING if not told["models"] else 0)


@models.command()
@click.argument("source")
@click.option("--id", "id_", required=True, help="What policies and records will call it.")
@click.option("--licence", required=True, help="SPDX name of the licence that you use it under.")
@click.option("--revision", default="", help="Commit, tag or branch on the hub; the commit is recorded.")
@click.option("--into", type=click.Path(path_type=Path), default=Path("models"), show_default=True)
@click.option("--file", "graph", default="", help="The ONNX graph inside the source, if there are several.")
@click.option("--category", default="", help="Category of its findings, such as toxicity.")
@click.option("--score", "scores", multiple=True, metavar="LABEL=NAME", help="Score of a label; may repeat.")
def pull(source: str, into: Path, scores: Sequence[str], revision: str, **options: str) -> None:
    """Take in an ONNX text or token classifier: hub:OWNER/NAME, package:NAME, or a folder.

    The files are copied, and an entry with their digests is added to the manifest of the folder,
    where thresholds and temperatures can be set. Name that manifest in the settings to run it.
    """
    from gateway.detect.onnx.pull import MANIFEST, Wishes, pull
    from gateway.detect.onnx.sources import find

    wishes = Wishes(
        options["id_"], options["licence"], options["category"], options["graph"], dict(map(_pair, scores))
    )
    model = pull(find(source, revision, wishes.file), wishes, into)
    click.echo(f"{model.id}: sha256:{model.sha256}, revision {model.revision or 'unknown'}")
    click.echo(f'To run it: [classifiers] manifests = ["shipped", "{into / MANIFEST}"]')


def _pair(text: str) -> tuple[str, str]:
    label, equals, name = text.partition("=")
    if not equals:
        raise ConfigError(f"--score {text}: say LABEL=NAME")
    return label, name


def _text(told: Mapping[str, Any]) -> str:
    if not told["models"]:
        return f"no classifier runs: {told['absence']}"
    return "\n\n".join(_block(model) for model in told["models"])


def _block(model: Mapping[str, Any]) -> str:
    rows = {
        "device": f"{model['device']} ({model['reason']})",
        "weights": model["precision"],
        "licence": model["licence"],
        "source": f"{model['source']} {model['revision']}".rstrip(),
        "file": f"sha256:{model['sha256']}" if model["sha256"] else "",
        "digest": model["digest"],
        "scores": ", ".join(model["labels"]),
        "spans": ", ".join(model["spans"]),
    }
    title = f"{model['id']}  version {model['version']}  {model['task']}"
    return "\n".join([title, *(f"  {name:<8} {value}" for name, value in rows.items() if value)])
