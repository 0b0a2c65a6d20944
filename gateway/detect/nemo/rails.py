"""The rails of one folder: a text in, a verdict out.

NeMo's own ``check`` runs rails as part of a conversation: it keeps every conversation in memory, passes an
answer whose question is empty without looking at it, and has no way to run retrieval rails alone. So three
flows of ours start the rails of one direction each, and say when they have come through. A rail that lets a
text pass returns; one that speaks in the model's place, or stops, does not. What does neither has failed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.core.errors import ConfigError
from gateway.detect.nemo.checking import ACTIONS, SELF_CHECKS, bare, checked
from gateway.detect.nemo.declaration import DIRECTIONS, Direction, RailsFolder
from gateway.detect.nemo.judge import JudgeModel, Sitting
from gateway.detect.nemo.library import library

_STARTERS: Final = """

define flow lictor input rails
  event LictorInput
  do run input rails
  create event LictorPassed

define flow lictor output rails
  event LictorOutput
  do run output rails
  create event LictorPassed

define flow lictor retrieval rails
  event LictorRetrieval
  do run retrieval rails
  create event LictorPassed
"""

_VARIABLES: Final[Mapping[Direction, str]] = {
    "input": "user_message",
    "output": "bot_message",
    "retrieval": "relevant_chunks",
}
_EVENTS: Final[Mapping[Direction, str]] = {
    "input": "LictorInput",
    "output": "LictorOutput",
    "retrieval": "LictorRetrieval",
}

_CONVERSATION: Final = (
    "generate bot message",
    "generate next step",
    "process bot message",
    "process bot tool call",
    "process user input",
    "process user tool messages",
    "run dialog rails",
)
"""Flows of NeMo's that carry a conversation on."""

Event = Mapping[str, Any]


class RailFault(Exception):
    """A rail came to no verdict."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What rails say of a text."""

    blocked: bool
    rail: str = ""
    """The rail that blocked or changed it."""

    text: str = ""
    """What they would put in its place, where they do not block."""


class Rails:
    """Runs the rails of one folder. Holds nothing of any text."""

    def __init__(self, folder: RailsFolder, engine: Any, model: JudgeModel | None) -> None:  # noqa: ANN401
        self._engine = engine
        self._flows = {direction: folder.flows(direction) for direction in DIRECTIONS}
        self._model = model

    async def judge(self, direction: Direction, text: str, sitting: Sitting) -> Verdict:
        """The verdict of the rails of one direction.

        Raises:
            Exception: whatever stopped them; then there is none.
        """
        if self._model is None:
            events = await self._events(direction, text)
        else:
            with self._model.sitting(sitting):
                events = await self._events(direction, text)
            sitting.settle(_self_checks(events))
        return _verdict(direction, text, events, self._flows[direction])

    async def _events(self, direction: Direction, text: str) -> Sequence[Event]:
        known = {"user_message": "", "bot_message": "", "relevant_chunks": "", _VARIABLES[direction]: text}
        start = [{"type": "ContextUpdate", "data": known}, {"type": _EVENTS[direction]}]
        found: Sequence[Event] = await self._engine.generate_events_async(start)
        return found


def build(folder: RailsFolder, model: JudgeModel | None) -> Rails:
    """The rails of a folder. Importing NeMo takes seconds, once.

    Raises:
        ConfigError: NeMo is not installed, or something in the folder cannot be used.
    """
    package = library()
    colang = checked(folder)
    config = {"models": [], **folder.config}
    try:
        parsed = package.RailsConfig.from_content(colang_content=colang + _STARTERS, config=config)
        engine = package.LLMRails(parsed, llm=model)
    except Exception as error:  # noqa: BLE001 - the library complains with all kinds of exceptions
        raise ConfigError(f"{folder.config_path}: {type(error).__name__}: {error}") from None
    _disarm(engine)
    return Rails(folder, engine, model)


def _disarm(engine: Any) -> None:  # noqa: ANN401 - an LLMRails
    """Leave only what runs here.

    The other actions, many of which ask a server, do nothing; and nothing goes on with the conversation once
    a rail has spoken, which would run retrieval rails again, and again.
    """

    async def nothing() -> None:
        """In place of an action that does not run here."""

    nothing.action_meta = {"name": "nothing", "is_system_action": True}  # type: ignore[attr-defined]
    for name in list(engine.runtime.registered_actions):
        if name not in ACTIONS:
            engine.register_action(nothing, name)
    for name in _CONVERSATION:
        engine.runtime.flow_configs.pop(name, None)


def _self_checks(events: Sequence[Event]) -> list[bool]:
    return [
        bool(event["return_value"].is_blocked)
        for event in events
        if event["type"] == "InternalSystemActionFinished"
        and event["action_name"] in SELF_CHECKS
        and event["is_success"]
    ]


def _verdict(direction: Direction, text: str, events: Sequence[Event], flows: Sequence[str]) -> Verdict:
    """What happened first decides."""
    rail, changed, result = "", "", text
    for event in events:
        kind = event["type"]
        if kind == "ContextUpdate":
            given = event["data"].get(_VARIABLES[direction], result)
            if given != result:
                changed, result = rail, given
            rail = _rail(direction, event["data"], flows, rail)
        elif kind == "InternalSystemActionFinished" and not event["is_success"]:
            raise RailFault
        elif kind == "BotIntent":
            return Verdict(blocked=True, rail=rail)
        elif kind == "LictorPassed":
            return Verdict(blocked=False, rail=changed, text=str(result))
    raise RailFault


def _rail(direction: Direction, data: Mapping[str, Any], flows: Sequence[str], rail: str) -> str:
    """The rail that runs from here on, which NeMo tells in variables of its flows."""
    if direction != "retrieval":
        return bare(data.get(f"triggered_{direction}_rail") or rail)
    index = data.get("i", len(flows))
    return bare(flows[index]) if index < len(flows) else rail
