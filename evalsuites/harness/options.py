"""Options of a run, and the target that they ask for."""

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalsuites.harness.faults import UsageFault

if TYPE_CHECKING:
    from evalsuites.harness.target.answer import Target
    from gateway.server.settings import Settings

MODES = ("live", "record", "replay", "replay-or-fail")
HERE = Path(__file__).parents[1]
LOCAL = "local"
"""An upstream of this name is the local model, wherever it listens."""

_SECRETS = {"LICTOR_EVAL_KEY": "evaluation", "LICTOR_EVAL_DIGEST_KEY": "0123456789abcdef" * 4}
"""What settings may name. Known to all, on purpose: with one key placeholders are the same on every machine,
and recordings of redacted requests are found again."""

_THREADS = 1
"""Threads of the local model. Several wait for each other by spinning: on a busy machine ten times slower."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    mode: str
    gates: Path
    url: str
    config: Path
    judge_config: Path
    out: Path
    recordings: Path
    prices: Path | None
    timeout_s: float


def options_from(config: Any) -> Options:  # noqa: ANN401 - pytest's own, which is not imported here
    """The options of a pytest run.

    Raises:
        UsageFault: two of them cannot go together.
    """

    def given(name: str) -> str:
        return str(config.getoption(f"--eval-{name}") or "")

    if given("url") and given("mode") != "live":
        raise UsageFault("--eval-url", "another gateway records for itself: use --eval-mode live")
    return Options(
        mode=given("mode"),
        gates=Path(given("gates") or HERE / "gates.yaml"),
        url=given("url"),
        config=Path(given("config") or HERE / "lictor.toml"),
        judge_config=Path(given("judge-config") or HERE / "open.toml"),
        out=Path(given("out")),
        recordings=Path(given("recordings") or HERE / "recordings"),
        prices=Path(given("prices")) if given("prices") else None,
        timeout_s=float(given("timeout")),
    )


def target_of(options: Options, stack: ExitStack) -> "Target":
    """The target that the options ask for, for as long as the stack is open.

    Raises:
        UsageFault: the settings cannot be used, or the local model is not installed.
    """
    if options.url:
        from evalsuites.harness.target.http import Http

        return Http(options.url)
    from evalsuites.harness.target.in_process import InProcess
    from gateway.core.errors import ConfigError

    for name, value in _SECRETS.items():
        os.environ.setdefault(name, value)
    try:
        target = InProcess(_settings(options, stack))
    except ConfigError as error:
        raise UsageFault(str(options.config), str(error)) from None
    stack.callback(target.close)
    return target


def judging_target(options: Options, stack: ExitStack) -> "Target":
    """The gateway that judges are asked through: one in this process, whatever is judged.

    Without policy, unless ``--eval-judge-config`` says otherwise: a judge must see what it judges as it is.

    Raises:
        UsageFault: as :func:`target_of` says.
    """
    return target_of(replace(options, config=options.judge_config, url=""), stack)


def _settings(options: Options, stack: ExitStack) -> "Settings":
    from gateway.server.settings import RecordingSettings, load

    settings = load(options.config)
    mode: Any = "off" if options.mode == "live" else options.mode
    recording = RecordingSettings(mode=mode, path=options.recordings)
    changed = settings.model_copy(update={"recording": recording})
    needed = any(upstream.name == LOCAL for upstream in settings.upstreams)
    return _with_model(changed, stack) if needed and mode != "replay-or-fail" else changed


def _with_model(settings: "Settings", stack: ExitStack) -> "Settings":
    from gateway.testing.local_model import Unavailable, local_model

    try:
        model = stack.enter_context(local_model(threads=_THREADS))
    except Unavailable as reason:
        raise UsageFault(f"upstreams.{LOCAL}", f"the local model does not run: {reason}") from None
    upstreams = tuple(
        one.model_copy(update={"base_url": f"{model.url}/v1"}) if one.name == LOCAL else one
        for one in settings.upstreams
    )
    return settings.model_copy(update={"upstreams": upstreams})
