"""What each format calls each field: ``python -m gateway.audit.export.page docs/reference/exports.md``."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.audit.export.fields import FIELDS
from gateway.audit.export.formats import cef, ocsf, otlp, syslog
from gateway.audit.export.severity import Severity

BEGIN = "<!-- What follows is made by `python -m gateway.audit.export.page FILE`. -->"


def page() -> str:
    """The generated part of the page."""
    return "\n".join([BEGIN, "", *_fields(), "", *_severities(), "", *_classes()]) + "\n"


def refresh(text: str) -> str:
    """A page with its generated part made anew."""
    before, _, _ = text.partition(BEGIN)
    return before + page()


def _fields() -> Iterator[str]:
    yield "## Fields"
    yield ""
    yield from _table(
        "field, and column of Parquet", "type", "what it is", "OpenTelemetry", "CEF", "syslog", "OCSF"
    )
    elsewhere = {"ts": "time of the record", "type": "event name, after `lictor.`"}
    for field in FIELDS:
        name = f"`{field.name}`"
        attribute = elsewhere.get(field.name) or _code(otlp.MAPPING.get(field.name))
        parameter = "header" if field.name in _HEADER else _code(_parameter(field.name))
        path = _code(ocsf.MAPPING.get(field.name, f"unmapped.{field.name}"))
        key = _code(cef.MAPPING.get(field.name))
        yield _row(name, field.kind, field.meaning, attribute, key, parameter, path)


_HEADER = ("ts", "node", "boot", "type")


def _parameter(name: str) -> str | None:
    return name if name in syslog.PARAMETERS else None


def _severities() -> Iterator[str]:
    yield "## Severity"
    yield ""
    yield from _table("severity", "OpenTelemetry", "OCSF", "CEF", "syslog")
    for level in Severity:
        number, text = otlp.SEVERITIES[level]
        told = (
            f"{text} ({number})",
            str(int(level)),
            str(cef.SEVERITIES[level]),
            str(syslog.SEVERITIES[level]),
        )
        yield _row(level.name.lower(), *told)


def _classes() -> Iterator[str]:
    yield "## Classes of OCSF"
    yield ""
    yield from _table("type of record", "class", "activity")
    for kind, (event_class, activity, name) in ocsf.CLASSES.items():
        yield _row(f"`{kind}`", f"{event_class.name} ({event_class.uid})", f"{name} ({activity})")
    yield _row("any other", f"{ocsf.BASE.name} ({ocsf.BASE.uid})", f"its type ({ocsf.OTHER})")


def _table(*titles: str) -> Iterator[str]:
    yield _row(*titles)
    yield "|" + "---|" * len(titles)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _code(name: str | None) -> str:
    return f"`{name}`" if name else ""


def _refresh(files: Iterable[str]) -> None:
    for file in map(Path, files):
        file.write_text(refresh(file.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    _refresh(sys.argv[1:])
