"""What LiteLLM asks about: the pieces of a request or of a response, as segments.

The pieces come twice: ``texts`` alone, and inside ``structured_messages`` with their roles. Only the
texts and the tools can be changed by an answer, so those are what edits go to; everything else that the
messages say (names, reasoning, arguments of tools) is read, and cannot be edited.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.core.decision import Phase
from gateway.core.errors import CallerError
from gateway.core.segment import Kind, Role, Tool
from gateway.wire.body import items, member, required_list, required_text, word
from gateway.wire.dialect import RequestView
from gateway.wire.gather import Gather
from gateway.wire.openai_chat.parts import CALL, MESSAGE, ROLES, spoken
from gateway.wire.read import Reader, definition, each, fields, url
from gateway.wire.sink import Sink

_IDENTITY = ("user_api_key_team_id", "user_api_key_team_alias", "user_api_key_org_id", "user_api_key_alias")


@dataclass(frozen=True, slots=True)
class Question:
    """One call of the guardrail API, understood."""

    phase: Phase
    view: RequestView
    attributes: Mapping[str, str]
    """What LiteLLM knows of its caller: team, organisation and alias of the key. Never a person."""


class _Pieces(Gather):
    """Reads the pieces; what has been read once is not read again."""

    __slots__ = ("frozen", "known")

    def __init__(self, role: Role) -> None:
        super().__init__(role)
        self.frozen = False
        self.known: frozenset[str] = frozenset()

    def segment(self, kind: Kind, pointer: str, text: str, *, fixed: bool = False) -> None:
        """Keep a piece of text that is new."""
        if text not in self.known:
            super().segment(kind, pointer, text, fixed=fixed or self.frozen)

    def close(self) -> None:
        """From here on, only what has not been read yet, and none of it can be edited."""
        self.frozen = True
        self.known = frozenset(segment.text for segment in self.segments)


def question(body: Mapping[str, object]) -> Question:
    """The question that a parsed body asks.

    Raises:
        CallerError: 400 ``invalid_type`` or ``invalid_input_type``.
    """
    phase = _phase(body.get("input_type"))
    pieces = _Pieces("user" if phase == "request" else "assistant")
    _texts(pieces, body)
    _TOOLS(pieces, "/tools", body.get("tools"))
    pieces.close()
    _around(pieces, body)
    view = RequestView(
        model=word(body.get("model")),
        stream=False,
        segments=tuple(pieces.segments),
        unscanned=tuple(pieces.gaps),
        tools=tuple(_tools(body)),
        parameters={},
        fixed=frozenset(pieces.fixed),
    )
    return Question(phase, view, _attributes(body))


def _phase(value: object) -> Phase:
    if value == "request":
        return "request"
    if value == "response":
        return "response"
    raise CallerError(400, "invalid_input_type", "input_type must be request or response", "/input_type")


def _texts(pieces: _Pieces, body: Mapping[str, object]) -> None:
    """Every text, in the role of the message that it stands in."""
    given = body.get("texts")
    roles, fallback = _speakers(body.get("structured_messages")), pieces.role
    for index, text in enumerate(required_list(given, "/texts") if given is not None else ()):
        said = required_text(text, f"/texts/{index}")
        pieces.role = roles[said].popleft() if roles[said] else fallback
        spoken(pieces, f"/texts/{index}", said)
    pieces.role = fallback


def _speakers(messages: object) -> defaultdict[str, deque[Role]]:
    """Who says a text, in the order of the messages."""
    speakers: defaultdict[str, deque[Role]] = defaultdict(deque)
    for message in items(messages):
        role = ROLES.get(word(member(message, "role")), "user")
        for text in _contents(member(message, "content")):
            speakers[text].append(role)
    return speakers


def _contents(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    yield from (word(member(part, "text")) for part in items(content))


def _around(pieces: _Pieces, body: Mapping[str, object]) -> None:
    """Whatever else the pieces say."""
    fallback = pieces.role
    pieces.role = "assistant"
    _CALLS(pieces, "/tool_calls", body.get("tool_calls"))
    pieces.close()
    for index, message in enumerate(items(body.get("structured_messages"))):
        pieces.role = ROLES.get(word(member(message, "role")), "user")
        _MESSAGE(pieces, f"/structured_messages/{index}", message)
    pieces.role = fallback
    if not any(gap.reason == "image" for gap in pieces.gaps):
        _IMAGES(pieces, "/images", body.get("images"))


def _tools(body: Mapping[str, object]) -> Iterator[Tool]:
    for index, tool in enumerate(items(body.get("tools"))):
        kind = word(member(tool, "type"))
        name = word(member(tool, kind, "name")) or word(member(tool, "name")) or kind
        yield Tool(name, f"/tools/{index}")


def _attributes(body: Mapping[str, object]) -> dict[str, str]:
    given = body.get("request_data")
    found = {name: word(member(given, name)) for name in _IDENTITY}
    return {name.replace("user_api_key", "litellm"): value for name, value in found.items() if value}


def _image(sink: Sink, pointer: str, value: object) -> None:
    sink.gap(pointer, "image")
    url(sink, pointer, value)


def _absent(reader: Reader) -> Reader:
    """A list that may be missing."""

    def read(sink: Sink, pointer: str, value: object) -> None:
        if value is not None:
            reader(sink, pointer, value)

    return read


_MESSAGE = fields(MESSAGE)
_CALLS = _absent(each(CALL))
_TOOLS = _absent(each(definition))
_IMAGES = _absent(each(_image))
