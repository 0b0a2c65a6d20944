"""Which formats can be read."""

from collections.abc import Mapping

from evalsuites.importers import csv_table, deepeval, garak, huggingface, inspect_log, jsonl, promptfoo
from evalsuites.importers.source import Reader

FORMATS: Mapping[str, Reader] = {
    "jsonl": jsonl.read,
    "csv": csv_table.read,
    "hf": huggingface.read,
    "garak": garak.read,
    "promptfoo": promptfoo.read,
    "inspect": inspect_log.read,
    "deepeval": deepeval.read,
}
