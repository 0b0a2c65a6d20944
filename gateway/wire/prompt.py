"""Text that a caller may also send as tokens: prompts of completions, inputs of embeddings."""

from gateway.wire.read import leaves
from gateway.wire.sink import Sink

_other = leaves("text")


def prompt(sink: Sink, pointer: str, value: object) -> None:
    """A string, a list of strings, or lists of token numbers, which only a model's own vocabulary turns
    back into text."""
    if isinstance(value, list) and any(type(entry) is int for entry in value):
        sink.gap(pointer, "tokens")
    if isinstance(value, list):
        for index, entry in enumerate(value):
            _entry(sink, f"{pointer}/{index}", entry)
    else:
        _other(sink, pointer, value)


def _entry(sink: Sink, pointer: str, value: object) -> None:
    if isinstance(value, list):
        prompt(sink, pointer, value)
    elif type(value) is not int:
        _other(sink, pointer, value)
