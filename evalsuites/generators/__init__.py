"""Generators: where the cases of the shipped suites come from. Equal runs write equal bytes."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

Case = Mapping[str, Any]
SUITES = Path(__file__).parents[1] / "suites"
FILE = "cases.jsonl"


def names() -> list[str]:
    """Every suite that is generated."""
    found = (path.stem.replace("_", "-") for path in Path(__file__).parent.glob("*.py"))
    return sorted(name for name in found if (SUITES / name).is_dir())


def rendered(name: str) -> str:
    """The cases of a suite as its file has them."""
    cases: Callable[[], Iterable[Case]] = import_module(f"{__name__}.{name.replace('-', '_')}").cases
    return "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases())


def target(name: str) -> Path:
    """The file of a suite's cases."""
    return SUITES / name / FILE


def chat(identity: str, text: str, strata: Mapping[str, str], **expect: object) -> Case:
    """A case of one user message."""
    return talk(identity, [{"role": "user", "content": text}], strata, **expect)


def talk(
    identity: str, messages: Iterable[Mapping[str, Any]], strata: Mapping[str, str], **expect: object
) -> Case:
    """A case of several messages."""
    return {"id": identity, "input": {"messages": list(messages)}, "expect": expect, "strata": dict(strata)}


def completion(identity: str, prompt: str, strata: Mapping[str, str], **expect: object) -> Case:
    """A case whose text the model goes on writing."""
    return {"id": identity, "input": {"prompt": prompt}, "expect": expect, "strata": dict(strata)}


def numbered(prefix: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Ids and texts."""
    return ((f"{prefix}-{place:02}", text) for place, text in enumerate(texts, 1))
