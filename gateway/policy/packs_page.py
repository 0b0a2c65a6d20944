"""The policy packs as a page: ``python -m gateway.policy.packs_page docs/reference/packs.md``."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.policy.packs import Pack, PackRule, read_pack
from gateway.policy.shipped import packs

BEGIN = "<!-- What follows is made by `python -m gateway.policy.packs_page FILE`. -->"


def page() -> str:
    """The generated part of the page."""
    found = [read_pack(folder) for folder in packs().values()]
    lines = [BEGIN, "", *_overview(found)]
    for pack in found:
        lines += ["", *_section(pack)]
    return "\n".join(lines) + "\n"


def refresh(text: str) -> str:
    """A page with its generated part made anew."""
    before, _, _ = text.partition(BEGIN)
    return before + page()


def _overview(found: Iterable[Pack]) -> Iterator[str]:
    yield "| pack | rules | frameworks |"
    yield "|---|---|---|"
    for pack in found:
        editions = "; ".join(framework.title for framework in pack.frameworks)
        yield f"| [`{pack.name}`](#{pack.name}) | {len(pack.rules)} | {editions} |"


def _section(pack: Pack) -> Iterator[str]:
    yield f"## {pack.name}"
    yield ""
    yield f"**{pack.title}**, version {pack.version}. {pack.summary}"
    yield ""
    yield "| rule | phase | effect | speaks when | needs one of | controls |"
    yield "|---|---|---|---|---|---|"
    yield from (_row(rule) for rule in pack.rules)
    yield ""
    yield f"Settings: `settings/{pack.name.replace('-', '_')}/data.json`."
    yield from _list("You must supply", pack.operator)
    yield from _list("Not covered", pack.not_covered)


def _row(rule: PackRule) -> str:
    needs = ", ".join(rule.needs) or "nothing"
    controls = ", ".join(f"`{control}`" for control in rule.controls)
    return f"| `{rule.id}` | {rule.phase} | `{rule.effect}` | {rule.says} | {needs} | {controls} |"


def _list(title: str, items: Iterable[str]) -> Iterator[str]:
    yield ""
    yield f"{title}:"
    yield ""
    yield from (f"- {item}" for item in items)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(refresh(target.read_text()))
