"""Obligations: what a decision wants changed, turned into edits of a body.

An obligation that cannot be carried out is never dropped: :class:`Unmet` names it and the flow
denies instead.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.core.decision import Decision, Effect, Obligation
from gateway.core.finding import Finding
from gateway.core.segment import Segment, Tool
from gateway.flow.redaction import FINAL_FIRST, Style
from gateway.wire.splice import Edit


class Unmet(Exception):
    """An obligation cannot be carried out on this body."""

    def __init__(self, obligation: Obligation, why: str) -> None:
        super().__init__(why)
        self.obligation = obligation
        self.why = why


@dataclass(frozen=True, slots=True)
class Changes:
    """What must be different before release."""

    edits: tuple[Edit, ...] = ()
    removals: tuple[str, ...] = ()
    upstream: str = ""
    """Name of the only upstream that may get it; empty for any."""

    redactions: frozenset[Edit] = frozenset()
    """Those edits that take single values out."""

    def __bool__(self) -> bool:
        return bool(self.edits or self.removals)


NONE = Changes()


@dataclass(slots=True)
class Material:
    """What obligations are carried out on."""

    segments: Sequence[Segment]
    tools: Sequence[Tool]
    members: Mapping[str, object]
    """The top level of the parsed body."""

    destinations: Sequence[str]
    """Names of the upstreams that a rule may route to."""

    rewritable: Callable[[str], bool]
    """Whether the text at a pointer may be changed (signed reasoning may not)."""

    styles: Mapping[str, Style]
    """What a redaction puts in place of a value, by the name that rules use."""


def changes(decision: Decision, findings: Sequence[Finding], material: Material) -> Changes:
    """The changes that a decision's obligations ask for.

    Raises:
        Unmet: an obligation names something that is not there or must not be changed.
    """
    if not decision.obligations:
        return NONE
    work = _Work(material, {finding.id: finding for finding in findings})
    edits: list[Edit] = []
    spans: list[_Span] = []
    removals: list[str] = []
    upstream = ""
    for obligation in decision.obligations:
        match obligation.effect:
            case Effect.REDACT:
                spans += work.redact(obligation)
            case Effect.REPLACE:
                edits += work.replace(obligation)
            case Effect.STRIP_TOOL:
                removals += work.strip(obligation)
            case Effect.ROUTE:
                upstream = upstream or work.route(obligation)
            case _:
                raise Unmet(obligation, "unknown_effect")
    redactions = tuple(work.redacted(spans))
    return Changes((*edits, *redactions), _with_choice(removals, material), upstream, frozenset(redactions))


@dataclass(frozen=True, slots=True)
class _Span:
    """Something to redact."""

    segment: Segment
    start: int
    end: int
    label: str
    style: str


class _Work:
    """Looks up what obligations name."""

    def __init__(self, material: Material, findings: Mapping[str, Finding]) -> None:
        self._material = material
        self._findings = findings
        self._segments = {segment.id: segment for segment in material.segments}

    def redact(self, obligation: Obligation) -> list[_Span]:
        """The spans of the findings, and how each is to be redacted."""
        return [self._span(obligation, name) for name in obligation.findings]

    def _span(self, obligation: Obligation, name: str) -> _Span:
        finding = self._finding(obligation, name)
        segment = self._segment(obligation, finding.segment)
        style = str(obligation.params.get("with", "mask"))
        if style not in self._material.styles:
            raise Unmet(obligation, "unknown_style")
        return _Span(segment, finding.start, finding.end, finding.label, style)

    def redacted(self, spans: Iterable[_Span]) -> Iterator[Edit]:
        """Edits in the order of the body, so that the same conversation gets the same tokens."""
        by_segment: dict[str, list[_Span]] = {}
        for span in spans:
            by_segment.setdefault(span.segment.id, []).append(span)
        for name in filter(by_segment.__contains__, self._segments):
            for span in _united(by_segment[name]):
                value = span.segment.text[span.start : span.end]
                text = self._material.styles[span.style](span.label, value)
                if text is not None:
                    yield Edit(span.segment.pointer, span.start, span.end, text)

    def replace(self, obligation: Obligation) -> list[Edit]:
        """Whole segments become the rule's text."""
        text = str(obligation.params["text"])
        segments = [self._segment(obligation, name) for name in self._replaced(obligation)]
        return [Edit(segment.pointer, 0, len(segment.text), text) for segment in segments]

    def _replaced(self, obligation: Obligation) -> list[str]:
        """The segments of the findings, or all that the assistant says where none are named."""
        if obligation.findings:
            return sorted({self._finding(obligation, name).segment for name in obligation.findings})
        spoken = [segment.id for segment in self._material.segments if _is_spoken(segment)]
        if not spoken:
            raise Unmet(obligation, "nothing_to_replace")
        return spoken

    def strip(self, obligation: Obligation) -> list[str]:
        """The definitions of the named tool."""
        name = obligation.params.get("tool")
        pointers = [tool.pointer for tool in self._material.tools if tool.name == name]
        if not pointers:
            raise Unmet(obligation, "no_such_tool")
        if not all(self._material.rewritable(pointer) for pointer in pointers):
            raise Unmet(obligation, "not_rewritable")
        return pointers

    def route(self, obligation: Obligation) -> str:
        """The one upstream that may get it, out of the route's own."""
        name = str(obligation.params.get("upstream", ""))
        if name not in self._material.destinations:
            raise Unmet(obligation, "no_such_upstream")
        return name

    def _finding(self, obligation: Obligation, name: str) -> Finding:
        finding = self._findings.get(name)
        if finding is None:
            raise Unmet(obligation, "no_such_finding")
        return finding

    def _segment(self, obligation: Obligation, name: str) -> Segment:
        segment = self._segments[name]
        if not self._material.rewritable(segment.pointer):
            raise Unmet(obligation, "not_rewritable")
        return segment


def _is_spoken(segment: Segment) -> bool:
    return segment.role == "assistant" and segment.kind in ("text", "refusal")


def _united(spans: Iterable[_Span]) -> list[_Span]:
    """Spans of one segment in order, overlapping ones made one, so that a value is whole and known once.

    The label is that of the longest, of several the first in the alphabet: it must not depend on the order
    in which detectors and rules speak. The style is the one that says least.
    """
    out: list[_Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end, span.label)):
        if out and span.start < out[-1].end:
            out[-1] = _union(out[-1], span)
        else:
            out.append(span)
    return out


def _union(one: _Span, other: _Span) -> _Span:
    longest = min(one, other, key=lambda span: (span.start - span.end, span.label))
    style = min(one.style, other.style, key=FINAL_FIRST.index)
    return _Span(one.segment, one.start, max(one.end, other.end), longest.label, style)


def _with_choice(removals: Sequence[str], material: Material) -> tuple[str, ...]:
    """Providers refuse an empty list of tools, and a choice of a tool that is not there."""
    if not removals:
        return ()
    gone = set(removals)
    pointers = dict.fromkeys(_whole(pointer, gone, material.tools) for pointer in removals)
    for member, choices in _TOOL_MEMBERS.items():
        listed = [tool for tool in material.tools if tool.pointer.startswith(f"/{member}/")]
        if listed and all(tool.pointer in gone for tool in listed):
            pointers = {pointer: None for pointer in pointers if not pointer.startswith(f"/{member}/")}
            pointers |= {f"/{name}": None for name in (member, *choices) if name in material.members}
    names = {tool.name for tool in material.tools if tool.pointer in gone}
    chosen = [name for name in _CHOICES if _chosen_tool(material.members.get(name)) in names]
    return tuple(pointers | {f"/{name}": None for name in chosen})


def _whole(pointer: str, gone: Collection[str], tools: Sequence[Tool]) -> str:
    """What to take out for a tool: the list or the object around it, if all that it holds goes too."""
    while pointer.count("/") > 2:
        around = pointer.rpartition("/")[0]
        if any(tool.pointer.startswith(f"{around}/") and tool.pointer not in gone for tool in tools):
            break
        pointer = around
    return pointer


_TOOL_MEMBERS = {
    "tools": ("tool_choice", "parallel_tool_calls", "toolConfig", "tool_config"),
    "functions": ("function_call",),
}
"""Lists of tools, and what must not be sent without them."""

_CHOICES = ("tool_choice", "function_call")


def _chosen_tool(choice: object) -> str | None:
    """The tool that a request insists on: ``{"name"}`` or ``{"function": {"name"}}``."""
    if not isinstance(choice, dict):
        return None
    inner = choice.get("function", choice)
    name = inner.get("name") if isinstance(inner, dict) else None
    return name if isinstance(name, str) else None
