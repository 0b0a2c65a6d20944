"""Answers that must be JSON of a given form: what a gateway rewrites must still be that form."""

from collections.abc import Iterator, Mapping
from typing import Any

from evalsuites.generators import Case

_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "yes_no": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "mood": {"mood": {"type": "string", "enum": ["good", "bad", "neutral"]}},
    "switch": {"on": {"type": "boolean"}},
    "grade": {"grade": {"type": "integer", "enum": [1, 2, 3, 4, 5]}},
    "two": {"colour": {"type": "string", "enum": ["red", "blue"]}, "loud": {"type": "boolean"}},
}
_TEXTS: Mapping[str, str] = {
    "plain": "The film was long, but I liked it.",
    "email": "Mail from lena.graf@example.org: the delivery was late again.",
    "phone": "Call me at +1 212-555-0147, the music is much too loud.",
    "iban": "Please pay to DE89370400440532013000, I am happy with the work.",
    "quotes": 'She said "never again" and left; he wrote {"mood": "bad"} on the door.',
    "foreign": "Das Essen war köstlich, aber die Straße vor dem Haus ist laut. 😀",
}


def cases() -> Iterator[Case]:
    """Every form for every text."""
    for form, properties in _FIELDS.items():
        for place, (label, text) in enumerate(_TEXTS.items(), 1):
            schema = {
                "type": "object",
                "properties": properties,
                "required": sorted(properties),
                "additionalProperties": False,
            }
            wanted = {"type": "json_schema", "json_schema": {"name": form, "strict": True, "schema": schema}}
            asked = f"{text}\nAs JSON with {', '.join(sorted(properties))}:\n"
            yield {
                "id": f"{form.replace('_', '-')}-{place:02}",
                "input": {"messages": [{"role": "user", "content": asked}], "response_format": wanted},
                "expect": {"schema": schema},
                "strata": {"form": form, "text": label},
            }
