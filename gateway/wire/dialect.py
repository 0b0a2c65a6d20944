"""What every provider format answers: where the text is, and how to say no in its own words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from gateway.core.errors import CallerError
from gateway.core.exchange import Usage
from gateway.core.segment import Segment, Tool, Unscanned
from gateway.wire.splice import Edit
from gateway.wire.stream import StreamReader

Family = Literal["openai", "anthropic", "gemini", "tgi"]


@dataclass(slots=True)
class RequestView:
    """A request body, understood."""

    model: str
    stream: bool
    segments: tuple[Segment, ...]
    unscanned: tuple[Unscanned, ...]
    tools: tuple[Tool, ...]
    parameters: Mapping[str, object]
    """Declared scalar parameters; never text of the caller's."""

    fixed: frozenset[str] = frozenset()
    """Pointers of segments whose text cannot be edited where it stands."""

    named: Mapping[str, str] = field(default_factory=dict)
    """Where the path names the model: pointers to strings of the body that end with its name, too."""

    def rewritable(self, pointer: str) -> bool:
        """Whether the text at a segment's pointer may be changed by a splice."""
        return pointer not in self.fixed


@dataclass(slots=True)
class ResponseView:
    """A response body, understood."""

    segments: tuple[Segment, ...] = ()
    unscanned: tuple[Unscanned, ...] = ()
    usage: Usage = field(default_factory=Usage)
    finish: str = ""
    model: str = ""
    fixed: frozenset[str] = frozenset()

    def rewritable(self, pointer: str) -> bool:
        """Whether the text at a segment's pointer may be changed by a splice."""
        return pointer not in self.fixed


@dataclass(frozen=True, slots=True)
class Envelope:
    """An answer of the gateway's own. ``content-length`` is the server's to add."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Denial:
    """Policy's no, as the caller may see it. The reason is the rule's, never content."""

    decision_id: str
    rule: str
    reason: str
    param: str | None
    """RFC 6901 pointer of the offending field, where there is one."""

    revision: str
    kind: Literal["content", "permission"] = "content"
    azure: bool = False
    """Whether the caller speaks Azure's variant of OpenAI's dialect, and may expect Azure's words."""


class Dialect(Protocol):
    """One provider format of one endpoint."""

    @property
    def name(self) -> str:
        """Such as ``openai_chat``."""

    @property
    def family(self) -> Family:
        """Which upstream dialect passes it through."""

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``, when something that we act on has a wrong type.
        """

    def response(self, body: object) -> ResponseView:
        """Understand a parsed response. Never raises: what is unknown is ``unscanned``."""

    def stream(self, content_type: bytes) -> StreamReader | None:
        """A fresh reader for a response that is a stream; None for one that is a whole body."""

    def denial(self, denial: Denial) -> Envelope:
        """Policy said no: 400, or 403 for a matter of permission."""

    def refusal(self, error: CallerError, exchange_id: str) -> Envelope:
        """The caller's fault."""

    def fault(self, status: int, code: str, message: str, exchange_id: str) -> Envelope:
        """The gateway's fault, or the upstream's."""


@dataclass(frozen=True, slots=True)
class BlobView:
    """A response that is no JSON, understood."""

    rewrite: Callable[[Sequence[Edit]], bytes]
    segments: tuple[Segment, ...] = ()
    unscanned: tuple[Unscanned, ...] = ()
    fixed: frozenset[str] = frozenset()

    def rewritable(self, pointer: str) -> bool:
        """Whether the text of a segment may be changed by :attr:`rewrite`."""
        return pointer not in self.fixed


@runtime_checkable
class AnswersBlobs(Protocol):
    """What a dialect is that may answer with something else than JSON or a stream: sound, a file."""

    def blob(self, raw: bytes, content_type: bytes) -> BlobView | None:
        """Understand such a response; None for one that is JSON all the same. Never raises."""
