"""What a judge is told: a prompt or messages, with places for data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.judging.fence import fenced
from evalsuites.harness.reading import check_keys, mapping, text

ANSWER, QUESTION, MARK = "answer", "question", "fence"
_PLACE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_NAME = re.compile(r"[a-z][a-z_]*")


@dataclass(frozen=True, slots=True)
class Template:
    """Either a prompt or messages; ``{{name}}`` is a place for data, ``{{fence}}`` is the mark around it."""

    prompt: str
    messages: Sequence[Mapping[str, str]]
    names: frozenset[str]
    """The data that there are places for."""

    def body(self, values: Mapping[str, str], mark: str) -> dict[str, Any]:
        """The part of a request's body that is made of data, each piece of it between marks."""
        if self.prompt:
            return {"prompt": _filled(self.prompt, values, mark)}
        filled = [{**one, "content": _filled(one["content"], values, mark)} for one in self.messages]
        return {"messages": filled}


def template_of(raw: Mapping[str, Any], where: str) -> Template:
    """The template of a profile.

    Raises:
        UsageFault: it cannot be used.
    """
    if ("prompt" in raw) == ("messages" in raw):
        raise UsageFault(where, "say either `prompt` or `messages`")
    prompt = text(raw["prompt"], f"{where}: prompt") if "prompt" in raw else ""
    messages = () if prompt else tuple(_messages(raw["messages"], f"{where}: messages"))
    return Template(prompt, messages, _names([prompt, *(one["content"] for one in messages)], where))


def _messages(raw: object, where: str) -> Iterator[Mapping[str, str]]:
    if not isinstance(raw, list) or not raw:
        raise UsageFault(where, "there must be a list of at least one message")
    for place, entry in enumerate(raw):
        message = mapping(entry, f"{where}[{place}]")
        check_keys(message, {"role", "content"}, {"role", "content"}, f"{where}[{place}]")
        yield {name: text(message[name], f"{where}[{place}].{name}") for name in ("role", "content")}


def _names(templates: Sequence[str], where: str) -> frozenset[str]:
    names = {name for template in templates for name in _PLACE.findall(template)}
    for name in sorted(names):
        if not _NAME.fullmatch(name):
            raise UsageFault(
                where, f"`{{{{{name}}}}}` is no place for data: names have small letters and `_`"
            )
    if ANSWER not in names:
        raise UsageFault(where, "there is no place for the `{{answer}}`")
    return frozenset(names - {MARK})


def _filled(template: str, values: Mapping[str, str], mark: str) -> str:
    """In one pass: what looks like a place in the data stays data."""

    def put(found: re.Match[str]) -> str:
        return mark if found[1] == MARK else fenced(found[1], values[found[1]], mark)

    return _PLACE.sub(put, template)
