"""Asking a judge: through a gateway like any model, as often as its profile says, within the run's budget."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from evalsuites.harness.judging.fence import mark_of
from evalsuites.harness.judging.profile import Profile
from evalsuites.harness.judging.verdict import Verdict, Vote, agreed
from evalsuites.harness.spending import Spending
from evalsuites.harness.target.answer import CHAT, JUDGE, Answer, Request, Target, fault_of


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: the answer, and the data beside it that the judge is shown."""

    id: str
    values: Mapping[str, str]


@dataclass(slots=True)
class Judgement:
    """What came of one subject."""

    profile: Profile
    verdict: Verdict | Literal["unmeasured"] = "unmeasured"
    reason: str = ""
    """Why it is neither a pass nor a fail."""

    votes: list[Vote] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    """The gateway's decision ids of the judge's own exchanges."""

    models: set[str] = field(default_factory=set)
    """Under which names the judge answered."""

    tokens: int = 0
    usd: float = 0.0
    replayed: bool = True

    def to_dict(self) -> dict[str, Any]:
        """As a result has it."""
        return {
            "judge": self.profile.name,
            "profile": self.profile.digest,
            "verdict": self.verdict,
            "votes": list(self.votes),
            "decisions": list(self.decisions),
            "models": sorted(self.models),
            "tokens": self.tokens,
            "usd": self.usd,
        }


@dataclass(frozen=True, slots=True)
class Judge:
    """A profile with somebody to ask."""

    profile: Profile
    target: Target
    spending: Spending
    timeout_s: float

    def judge(self, subject: Subject, epoch: int = 1) -> Judgement:
        """The verdict on one subject. Never raises for what the judge does.

        Where even one of the repeats could not be asked there is no verdict: what failed is the
        infrastructure, and that is nobody's pass.
        """
        found = Judgement(self.profile)
        for repeat in range(1, self.profile.repeats + 1):
            if reason := self._ask(subject, epoch, repeat, found):
                found.reason = reason
                return found
        found.verdict = agreed(found.votes, all_of_them=self.profile.all_agree)
        if found.verdict == "abstain":
            found.reason = f"the judge abstains: {', '.join(found.votes)}"
        return found

    def _ask(self, subject: Subject, epoch: int, repeat: int, found: Judgement) -> str:
        """Ask once; why there is no vote, or an empty string."""
        if spent := self.spending.exhausted():
            return f"the judge was not asked: {spent}"
        request = self._request(subject, epoch, repeat)
        try:
            answer = self.target.ask(request, self.timeout_s)
        except TimeoutError:
            return f"infrastructure: the judge gave no answer in {self.timeout_s:g} s"
        except OSError as error:
            return f"infrastructure: the judge cannot be asked: {error}"
        self._count(answer, found)
        if fault := fault_of(answer):
            return f"infrastructure: the judge: {fault}"
        if answer.blocked:
            return f"policy stopped the question to the judge: {answer.ruled}"
        found.votes.append(self.profile.form.read(answer.text))
        return ""

    def _request(self, subject: Subject, epoch: int, repeat: int) -> Request:
        profile = self.profile
        body = {name: value for name, value in profile.request.items() if name != "path"}
        mark = mark_of(subject.id, subject.values)
        if "seed" in body:
            body["seed"] = _seed(body["seed"], mark, repeat)
        if profile.form.json and profile.path == CHAT:
            body.setdefault("response_format", _structured(profile.form.schema))
        body |= profile.template.body(subject.values, mark)
        return Request(profile.path, body, epoch, JUDGE, repeat=repeat)

    def _count(self, answer: Answer, found: Judgement) -> None:
        found.usd += self.spending.add(str(self.profile.request["model"]), answer) or 0.0
        found.tokens += answer.tokens
        found.replayed = found.replayed and answer.replayed
        if answer.decision:
            found.decisions.append(answer.decision)
        if isinstance(model := answer.body.get("model"), str):
            found.models.add(model)


def _seed(seed: int, mark: str, repeat: int) -> int:
    """With one seed all repeats would say the same, and all cases would be tossed with one coin."""
    return int.from_bytes(hashlib.sha256(f"{seed} {mark} {repeat}".encode()).digest()[:4]) >> 1


def _structured(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": schema}}
