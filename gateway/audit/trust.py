"""Trust policies (c2sp.org/tlog-policy): which logs, which witnesses, and how many of them.

A policy is a file of lines::

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <name>...
    quorum <name>|none
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.audit.cosignature import Witness
from gateway.audit.note import NoteError, Verifier, split_note

NONE = "none"
GROUP = "witnesses"
"""Name of the one group of a log's own policy."""

_ALLOWED = re.compile(r"[\t\x20-\x7e\x80-\U0010ffff]*")
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Group:
    """Members of which a number is enough."""

    need: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """A parsed policy."""

    logs: tuple[Verifier, ...]
    quorum: str
    """Name of a witness or group, or ``none``."""

    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    """By the name that the policy gives them."""

    groups: Mapping[str, Group] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Trust":
        """Read a policy. Raises NoteError with the number of the line that is wrong."""
        reader = _Reader()
        for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
            try:
                reader.take(line)
            except NoteError as error:
                raise NoteError(f"policy line {number}: {error}") from error
        if reader.quorum is None:
            raise NoteError("the policy has no quorum line")
        return cls(tuple(reader.logs), reader.quorum, reader.witnesses, reader.groups)

    @property
    def text(self) -> str:
        """The policy as a file."""
        lines = [f"log {log.vkey}" for log in self.logs]
        lines += [f"witness {name} {witness.vkey}" for name, witness in self.witnesses.items()]
        lines += [
            f"group {name} {group.need} {' '.join(group.members)}" for name, group in self.groups.items()
        ]
        return "\n".join([*lines, f"quorum {self.quorum}", ""])

    def cosigned(self, signed: str) -> dict[str, int]:
        """Which of the witnesses cosigned a checkpoint, and when in seconds since the Unix epoch."""
        text, signatures = split_note(signed)
        found = [
            (name, witness.signed_at(text, signature))
            for name, witness in self.witnesses.items()
            for signature in signatures
        ]
        return {name: at for name, at in found if at is not None}

    def met(self, cosigned: Collection[str]) -> bool:
        """True when cosignatures of these witnesses make the quorum."""
        return self.quorum == NONE or self._witnessed(self.quorum, cosigned)

    def _witnessed(self, name: str, cosigned: Collection[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigned
        return sum(self._witnessed(member, cosigned) for member in group.members) >= group.need


def of_witnesses(log: Verifier, witnesses: Mapping[str, Witness], need: int) -> Trust:
    """A policy for one log: *need* of its witnesses, none when it is 0."""
    if not need:
        return Trust((log,), NONE, witnesses)
    return Trust((log,), GROUP, witnesses, {GROUP: Group(need, tuple(witnesses))})


class _Reader:
    """Takes a policy line by line; names may only refer to what stands above."""

    def __init__(self) -> None:
        self.logs: list[Verifier] = []
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()

    def take(self, line: str) -> None:
        if not _ALLOWED.fullmatch(line):
            raise NoteError("a control character")
        words = _BLANKS.split(line.strip(" \t"))
        match words:
            case [word, *_] if not word or word.startswith("#"):
                pass
            case ["log", vkey] | ["log", vkey, _]:
                self._log(Verifier.parse(vkey))
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                self._witness(name, Witness.parse(vkey))
            case ["group", name, need, *members] if members:
                self._group(name, need, members)
            case ["quorum", name]:
                self._quorum(name)
            case _:
                raise NoteError("not a line of a policy")

    def _log(self, log: Verifier) -> None:
        if any(log.public == other.public for other in self.logs):
            raise NoteError("the same log twice")
        self.logs.append(log)

    def _witness(self, name: str, witness: Witness) -> None:
        if any(witness.public == other.public for other in self.witnesses.values()):
            raise NoteError("the same witness twice")
        self._new(name)
        self.witnesses[name] = witness

    def _group(self, name: str, need: str, members: Sequence[str]) -> None:
        self._new(name)
        for member in members:
            self._known(member)
            if member in self._members:
                raise NoteError(f"{member} is a member already")
            self._members.add(member)
        enough = {"any": 1, "all": len(members)}.get(need)
        if enough is None:
            enough = int(need) if re.fullmatch(r"[1-9][0-9]{0,8}", need, re.ASCII) else 0
        if not 1 <= enough <= len(members):
            raise NoteError(f"{need} of {len(members)} members")
        self.groups[name] = Group(enough, tuple(members))

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise NoteError("a second quorum line")
        if name != NONE:
            self._known(name)
        self.quorum = name

    def _new(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise NoteError(f"{name} is taken")

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise NoteError(f"{name} is not defined above")
