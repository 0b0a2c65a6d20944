"""What of Colang may run here: parsed by NeMo's own parser, and looked through before anything runs."""

import ast
import importlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gateway.core.errors import ConfigError
from gateway.detect.nemo.declaration import DIRECTIONS, RailsFolder, Source

SELF_CHECKS: Final = frozenset({"self_check_input", "self_check_output"})

ACTIONS: Final = frozenset({"create_event", "detect_regex_pattern", *SELF_CHECKS})
"""Actions of NeMo's library that run here: they need no model, or ask ours. All others do nothing."""

LIBRARY: Final[Mapping[str, frozenset[str]]] = {
    "input": frozenset({"regex check input", "self check input"}),
    "output": frozenset({"regex check output", "self check output"}),
    "retrieval": frozenset({"regex check retrieval"}),
}
"""Rails of NeMo's library that run here, by direction."""

RESERVED: Final = "lictor "
"""How the names of the flows begin that start the rails."""

_SPEECH = frozenset({"utter"})
_DEFINED = re.compile(r"^define (?:\w+ )*?(?:sub)?flow (.+?)\s*$", re.MULTILINE)
_LINE = re.compile(r"line (\d+)")
_VARIABLE = re.compile(r"\$([a-zA-Z_][a-zA-Z0-9_]*)")

Flow = Mapping[str, Any]


def checked(folder: RailsFolder) -> str:
    """The Colang of a folder, all files together.

    Raises:
        ConfigError: with file and line, what does not parse or may not run.
    """
    told: list[str] = []
    flows: dict[str, Flow] = {}
    for source in folder.sources:
        told += _merge(flows, source)
    _raise(told)  # what is not read cannot be known
    told += _unknown_rails(folder, flows)
    for source in folder.sources:
        told += [text for flow in _of(flows, source) for text in _unusable(flow, source, flows)]
    if needs_judge(folder, flows.values()) and folder.settings.judge is None:
        told.append(f"{folder.path}: a self-check rail needs `judge` in rails.yaml: an upstream and a model")
    _raise(told)
    return "\n\n".join(source.text for source in folder.sources)


def _raise(told: Sequence[str]) -> None:
    if told:
        raise ConfigError("\n".join(dict.fromkeys(told)))


def needs_judge(folder: RailsFolder, flows: Iterable[Flow]) -> bool:
    """Whether some rail asks a model."""
    named = any(name.startswith("self check ") for d in DIRECTIONS for name in map(bare, folder.flows(d)))
    return named or any(element.get("action_name") in SELF_CHECKS for f in flows for element in f["elements"])


def bare(name: str) -> str:
    """A rail's name without parameters, such as ``$variant=…``."""
    return name.partition("$")[0].strip()


def _merge(flows: dict[str, Flow], source: Source) -> Iterator[str]:
    """Parse a file into flows by name."""
    parsed = _parsed(source)
    if isinstance(parsed, str):
        yield parsed
        return
    if parsed.get("import_paths"):
        yield f"{source.path}:1: `import` reads other folders, which rails may not here"
    if parsed.get("user_messages"):
        yield (
            f"{source.path}:{_line(source, 'define user')}: examples of what users say need an embedding "
            "model, which is not there; rails judge with conditions and actions"
        )
    if not parsed.get("flows") and not parsed.get("bot_messages") and source.text.strip():
        yield f"{source.path}:1: nothing is defined here; rails begin with `define subflow`"
    for flow in parsed.get("flows", ()):
        name = flow["id"]
        line = _line(source, name)
        if name in flows:
            yield f"{source.path}:{line}: `{name}` is defined twice"
        if name.startswith(RESERVED) or name in _system():
            yield f"{source.path}:{line}: `{name}` is a name of NeMo's or of the gateway's own"
        flows[name] = {**flow, "source": source}


def _parsed(source: Source) -> Mapping[str, Any] | str:
    parse = importlib.import_module("nemoguardrails.colang").parse_colang_file
    try:
        found: Mapping[str, Any] = parse(source.path.name, content=source.text)
    except Exception as error:  # noqa: BLE001 - the parser raises whatever it stumbles over
        at = _LINE.search(str(error))
        line = at[1] if at else 1
        return f"{source.path}:{line}: no valid Colang: {type(error).__name__}: {error}"
    return found


def _system() -> frozenset[str]:
    """Names that NeMo's default flows and its library use."""
    package = Path(importlib.import_module("nemoguardrails").__path__[0])
    files = (package / "rails" / "llm" / "llm_flows.co", *package.glob("library/**/*.v1.co"))
    return frozenset(name for file in files for name in _DEFINED.findall(file.read_text("utf-8")))


def _unknown_rails(folder: RailsFolder, flows: Mapping[str, Flow]) -> Iterator[str]:
    for direction in DIRECTIONS:
        known = LIBRARY[direction]
        for index, name in enumerate(folder.flows(direction)):
            if bare(name) not in known and bare(name) not in flows:
                yield (
                    f"{folder.where('rails', direction, 'flows', index)}: rails.{direction}.flows: "
                    f"`{name}` is neither defined in this folder nor one of {', '.join(sorted(known))}"
                )


def _of(flows: Mapping[str, Flow], source: Source) -> list[Flow]:
    return [flow for flow in flows.values() if flow["source"] is source]


def _unusable(flow: Flow, source: Source, flows: Mapping[str, Flow]) -> Iterator[str]:
    known = flows.keys() | frozenset[str]().union(*LIBRARY.values())
    for element in flow["elements"]:
        where = f"{source.path}:{element.get('_source_mapping', {}).get('line_number', 1)}"
        action, called = element.get("action_name"), element.get("flow_name")
        if action and action not in ACTIONS | _SPEECH:
            yield (
                f"{where}: `{action}` does not run here; actions that do: {', '.join(sorted(ACTIONS))}. "
                "No code comes from a folder of rails"
            )
        if called and not called.startswith("$") and bare(called) not in known:
            yield f"{where}: there is no flow `{called}`"
        yield from _broken(element.get("expression"), where)


def _broken(expression: object, where: str) -> Iterator[str]:
    """NeMo looks at expressions only when it comes to them."""
    if isinstance(expression, str):
        try:
            ast.parse(_VARIABLE.sub(r"var_\1", expression).strip(), mode="eval")
        except SyntaxError:
            yield f"{where}: no valid expression: {expression}"


def _line(source: Source, needle: str) -> int:
    lines: Sequence[str] = source.text.splitlines()
    return next((number for number, line in enumerate(lines, 1) if needle in line), 1)
