"""Answers that were given before, to whoever asked then: nobody is asked, and no policy judges."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.metrics.given import GIVEN
from evalsuites.harness.suite import ANSWERS, load_suite
from evalsuites.harness.target.answer import Answer, Request

Answers = Mapping[tuple[str, int], Mapping[str, Any]]
"""By case and epoch."""


class Recorded:
    """Answers out of the suites themselves."""

    def __init__(self) -> None:
        self._suites: dict[Path, Answers] = {}

    def ask(self, request: Request, timeout_s: float) -> Answer:  # noqa: ARG002 - nobody is waited for
        """The answer to a case. Raises as :meth:`Target.ask` says.

        Raises:
            UsageFault: the suite has no answers, or they were altered.
        """
        if request.suite is None:
            raise OSError("nobody is there who could be asked anything new")
        if request.suite not in self._suites:
            self._suites[request.suite] = read_answers(request.suite)
        found = self._suites[request.suite].get((request.case, request.epoch))
        if found is None or "answer" not in found:
            raise OSError(found["error"] if found else f"no answer was given in epoch {request.epoch}")
        return _answer(found)

    def close(self) -> None:
        """Nothing is held."""


def read_answers(suite: Path) -> Answers:
    """The answers that came with an imported suite.

    Raises:
        UsageFault: there are none, or they are not those that the suite was imported with.
    """
    file, digest = suite / ANSWERS, load_suite(suite).answers
    if not digest:
        raise UsageFault(str(suite), "no answers came with this suite: it has to ask a model")
    try:
        body = file.read_bytes()
        found = [json.loads(line) for line in body.split(b"\n") if line]
        answers = {(str(one["case"]), int(one["epoch"])): one for one in found}
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UsageFault(str(file), f"cannot be read: {error}") from None
    if f"sha256:{hashlib.sha256(body).hexdigest()}" != digest:
        raise UsageFault(str(file), "the answers were altered: they have another digest than the suite says")
    return answers


def _answer(found: Mapping[str, Any]) -> Answer:
    """In the form of the chat dialect, which every metric reads."""
    said = found["answer"]
    message = said if isinstance(said, dict) else {"role": "assistant", "content": said}
    usage = {
        "prompt_tokens": int(found.get("tokens_in", 0)),
        "completion_tokens": int(found.get("tokens_out", 0)),
    }
    given = {"scores": found.get("scores", {}), "reasons": found.get("reasons", {})}
    body = {"choices": [{"message": message}], "usage": usage, GIVEN: given}
    return Answer(200, body, {"x-eval-replayed": "1"}, float(found.get("milliseconds", 0.0)))
