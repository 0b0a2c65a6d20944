"""The metric ``judged``: a judge passes the answer, fails it, or says nothing."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.judging.asking import Judgement, Subject
from evalsuites.harness.judging.profile import Profile, profile_named
from evalsuites.harness.judging.template import ANSWER, QUESTION
from evalsuites.harness.metrics.base import Unmeasured, expected, passed
from evalsuites.harness.reading import check_keys, text
from evalsuites.harness.result import Score
from evalsuites.harness.suite import Case, MetricUse
from evalsuites.harness.target.answer import Answer

NAME = "judged"


class Judged:
    """A metric that needs somebody to ask: :func:`~evalsuites.harness.judging.bench.seated` brings it."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile

    def __call__(self, case: Case, answer: Answer) -> Score:  # noqa: ARG002 - as every metric
        """Nothing can be said without a run."""
        raise Unmeasured(f"nobody asked the judge `{self.profile.name}`")

    def subject(self, case: Case, answer: Answer) -> Subject:
        """What the judge is shown: the answer, the case's question, and whatever else from ``expect``.

        Raises:
            Unmeasured: policy stopped the call, or the case does not say.
        """
        if answer.blocked:
            raise Unmeasured("policy stopped the call: there is no answer to judge")
        names = self.profile.template.names - {ANSWER}
        return Subject(case.id, {ANSWER: answer.text, **{name: _said(case, name) for name in sorted(names)}})


def judged(use: MetricUse, root: Path, where: str) -> Judged:
    """The metric that a suite means.

    Raises:
        UsageFault: it names no judge, or one that cannot be used.
    """
    where = f"{where}: {use.name}"
    check_keys(use.options, {"judge"}, {"judge"}, where)
    return Judged(profile_named(text(use.options["judge"], f"{where}.judge"), root, where))


def score_of(judgement: Judgement) -> Score:
    """The score behind a judgement.

    Raises:
        Unmeasured: there is no verdict.
    """
    if judgement.verdict in {"pass", "fail"}:
        return passed(judgement.verdict == "pass", f"the judge `{judgement.profile.name}` says no")
    raise Unmeasured(judgement.reason)


def distinct(profiles: Iterable[Profile]) -> Mapping[str, Profile]:
    """Profiles by name.

    Raises:
        UsageFault: two that are not the same have one name.
    """
    found: dict[str, Profile] = {}
    for profile in profiles:
        other = found.setdefault(profile.name, profile)
        if other.file.resolve() != profile.file.resolve():
            raise UsageFault(str(profile.file), f"another judge is called `{profile.name}`: {other.file}")
    return found


def _said(case: Case, name: str) -> str:
    if name == QUESTION and QUESTION not in case.expect:
        return _question(case)
    value = expected(case, name)
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _question(case: Case) -> str:
    """The last message of the user, or the prompt."""
    messages = case.input.get("messages")
    if not isinstance(messages, list):
        return str(case.input.get("prompt", ""))
    users = [one.get("content") for one in messages if isinstance(one, dict) and one.get("role") == "user"]
    content = users[-1] if users else ""
    parts = content if isinstance(content, list) else [{"text": content}]
    return "\n".join(str(part["text"]) for part in parts if isinstance(part, dict) and "text" in part)
