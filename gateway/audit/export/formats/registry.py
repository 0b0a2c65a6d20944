"""The formats by name."""

from collections.abc import Mapping
from importlib.util import find_spec

from gateway.audit.export.formats.base import Format, MessageFormat
from gateway.audit.export.formats.cef import Cef
from gateway.audit.export.formats.jsonl import JsonLines
from gateway.audit.export.formats.ocsf import Ocsf
from gateway.audit.export.formats.otlp import Otlp
from gateway.audit.export.formats.parquet import Parquet
from gateway.audit.export.formats.syslog import Syslog

MESSAGES: Mapping[str, MessageFormat] = {
    form.name: form for form in (JsonLines(), Otlp(), Ocsf(), Cef(), Syslog(JsonLines()))
}
"""Those whose entries can also be sent one by one."""

FORMATS: Mapping[str, Format] = {**MESSAGES, "parquet": Parquet()}


def missing(name: str) -> str | None:
    """What has to be installed for a format; None where nothing is missing."""
    if name == "parquet" and find_spec("pyarrow") is None:
        return "pyarrow is not installed; it comes with the extra `parquet`"
    return None
