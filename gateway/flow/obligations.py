"""Obligations: what a decision wants changed, turned into edits of a body.

An obligation that cannot be carried out is never dropped: :class:`Unmet` names it and the flow
denies instead.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from gateway.core.decision import Decision, Effect, Obligation
from gateway.core.finding import Finding
from gateway.core.segment import Segment, Tool
from gateway.wire.splice import Edit

Digest = Callable[[str], str]
"""Keyed digest of a text, as hex."""


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

    digest: Digest


def changes(decision: Decision, findings: Sequence[Finding], material: Material) -> Changes:
    """The changes that a decision's obligations ask for.

    Raises:
        Unmet: an obligation names something that is not there or must not be changed.
    """
    if not decision.obligations:
        return NONE
    work = _Work(material, {finding.id: finding for finding in findings})
    edits: list[Edit] = []
    removals: list[str] = []
    upstream = ""
    for obligation in decision.obligations:
        match obligation.effect:
            case Effect.REDACT:
                edits += work.redact(obligation)
            case Effect.REPLACE:
                edits += work.replace(obligation)
            case Effect.STRIP_TOOL:
                removals += work.strip(obligation)
            case Effect.ROUTE:
                upstream = upstream or work.route(obligation)
            case _:
                raise Unmet(obligation, "unknown_effect")
    return Changes(tuple(edits), _with_choice(removals, material), upstream)


class _Work:
    """Looks up what obligations name."""

    def __init__(self, material: Material, findings: Mapping[str, Finding]) -> None:
        self._material = material
        self._findings = findings
        self._segments = {segment.id: segment for segment in material.segments}

    def redact(self, obligation: Obligation) -> list[Edit]:
        """Each finding's span becomes a token."""
        return [self._redacted(obligation, name) for name in obligation.findings]

    def _redacted(self, obligation: Obligation, name: str) -> Edit:
        finding = self._finding(obligation, name)
        segment = self._segment(obligation, finding.segment)
        value = segment.text[finding.start : finding.end]
        style = obligation.params.get("with", "mask")
        token = _token(finding.label, value, style, self._material.digest)
        return Edit(segment.pointer, finding.start, finding.end, token)

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


def _token(label: str, value: str, style: object, digest: Digest) -> str:
    if style == "hash":
        return f"[{label.upper()}:{digest(value)[:12]}]"
    return f"[{label.upper()}]"


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
