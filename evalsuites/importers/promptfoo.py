"""What ``promptfoo eval --output FILE.json`` writes (`results.version` 3, seen with promptfoo 0.121).

A row is one prompt, provider and test. Tests that promptfoo repeated (``--repeat``) are tries of one case.
Each assertion is a score: named by its type, and numbered where a test has several of a type.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.importers.source import Source, digest_of, document, entries, member, optional

_ERROR = 2
"""`failureReason` where the provider failed, and not an assertion."""


def read(source: str) -> Source:
    """Read a file. Raises as :data:`~evalsuites.importers.source.Reader` says."""
    body, whole = document(source)
    name = Path(source).name
    found = optional(whole.get("results"), "results", list)
    if found is None:
        raise UsageFault(source, "there is no `results.results`: this is no result file of promptfoo")
    providers = sorted({_provider(one) for one in found})
    version = optional(whole.get("metadata"), "promptfooVersion", str)
    tests = _Tests(several=len(providers) > 1)
    return Source(
        name=name,
        digest=digest_of(body),
        rows=tuple(entries(found, lambda at: f"{name}: results[{at}]", tests.columns)),
        made_by=f"promptfoo {version}" if version else "promptfoo",
        model=", ".join(one for one in providers if one),
        named=True,
    )


class _Tests:
    """Tells which results are tries of one test."""

    def __init__(self, *, several: bool) -> None:
        self._several = several
        self._names: dict[str, str] = {}
        self._tries: dict[str, int] = {}

    def columns(self, entry: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """The columns of one result."""
        asked = member(member({"": entry}, "", dict), "prompt", dict)
        name = self._name(entry, asked)
        self._tries[name] = self._tries.get(name, 0) + 1
        response = optional(entry, "response", dict) or {}
        variables = optional(entry, "vars", dict) or {}
        found = {
            "id": name,
            "epoch": self._tries[name],
            **_question(member(asked, "raw", str)),
            "answer": _said(response.get("output")),
            "error": _error(entry, response),
            "milliseconds": optional(entry, "latencyMs", (int, float)),
            "tokens_in": optional(response.get("tokenUsage"), "prompt", int),
            "tokens_out": optional(response.get("tokenUsage"), "completion", int),
            **{f"vars.{variable}": value for variable, value in variables.items()},
            **dict(_scores(entry)),
        }
        return {**found, "strata.provider": _provider(entry)} if self._several else found

    def _name(self, entry: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
        test = optional(entry, "testCase", dict) or {}
        same = [_provider(entry), entry.get("promptIdx"), asked.get("raw"), test.get("assert")]
        key = json.dumps(same, sort_keys=True)
        number = entry.get("testIdx", len(self._names))
        parts = [f"test-{number}", f"prompt-{entry.get('promptIdx', 0)}"]
        return self._names.setdefault(key, "-".join([*parts, _provider(entry)] if self._several else parts))


def _question(raw: str) -> dict[str, Any]:
    """A prompt that is a JSON list of messages is a conversation, as promptfoo itself takes it."""
    if raw.lstrip().startswith("["):
        try:
            said = json.loads(raw)
        except (ValueError, RecursionError):
            return {"user": raw}
        if isinstance(said, list) and all(isinstance(one, dict) and "role" in one for one in said):
            return {"messages": said}
    return {"user": raw}


def _said(output: object) -> str | None:
    """An answer that promptfoo parsed is told as JSON again."""
    return output if isinstance(output, str) or output is None else json.dumps(output, ensure_ascii=False)


def _error(entry: Mapping[str, Any], response: Mapping[str, Any]) -> str | None:
    failed = entry.get("failureReason") == _ERROR or response.get("output") is None
    return str(response.get("error") or entry.get("error") or "no output") if failed else None


def _scores(entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The test as a whole, and each of its assertions."""
    yield "score.success", bool(entry.get("success"))
    grading = optional(entry, "gradingResult", dict) or {}
    yield "reason.success", str(grading.get("reason") or entry.get("error") or "")
    seen: dict[str, int] = {}
    for one in optional(grading, "componentResults", list) or ():
        kind = optional(optional(one, "assertion", dict), "type", str)
        if kind is None or not isinstance(one.get("pass"), bool):
            continue
        seen[kind] = seen.get(kind, 0) + 1
        name = kind if seen[kind] == 1 else f"{kind}-{seen[kind]}"
        yield f"score.{name}", one["pass"]
        yield f"reason.{name}", str(one.get("reason") or "")


def _provider(entry: object) -> str:
    provider = entry.get("provider") if isinstance(entry, dict) else None
    if isinstance(provider, dict):
        return str(provider.get("label") or provider.get("id") or "")
    return str(provider or "")
