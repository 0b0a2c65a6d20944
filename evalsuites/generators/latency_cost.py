"""Calls of several lengths, whole and streamed: what do they take, and what do they cost?"""

from collections.abc import Iterator

from evalsuites.generators import Case

_SENTENCES = (
    "The harbour wakes early.",
    "Boats come in with the night's catch, and gulls follow them to the quay.",
    "A man with a cart sells coffee to the crews.",
    "By seven the ice has been brought, and the auction begins in the long hall.",
    "Nobody speaks loudly; the bids are made with a nod.",
    "Two hours later the hall is empty, the floor is wet, and the lorries are on the road.",
)
_LENGTHS = {"short": 1, "medium": 3, "long": 6}
_STARTS = ("Go on:", "Then:", "Later that day:", "In the evening:")


def cases() -> Iterator[Case]:
    """Every length, whole and streamed, with some endings."""
    for length, count in _LENGTHS.items():
        for way in ("whole", "stream"):
            for place, start in enumerate(_STARTS, 1):
                body: dict[str, object] = {"prompt": f"{' '.join(_SENTENCES[:count])} {start}"}
                if way == "stream":
                    body |= {"stream": True, "stream_options": {"include_usage": True}}
                strata = {"length": length, "way": way}
                yield {"id": f"{length}-{way}-{place}", "input": body, "expect": {}, "strata": strata}
