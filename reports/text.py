"""Text from outside, made fit to be shown: callers name models, tools and tenants as they please."""

import re
from datetime import UTC, datetime
from functools import lru_cache

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Controls, and what hides or reverses its neighbours: a report must read as it is written."""

_DAY = 86_400_000

CAP = 1024
"""Longest text kept, in characters."""


def shown(text: str) -> str:
    """*text* with what cannot be seen made visible as U+FFFD, and cut at :data:`CAP`."""
    clean = _UNSEEN.sub("\ufffd", text)
    return clean if len(clean) <= CAP else clean[: CAP - 1] + "…"


def moment(milliseconds: int) -> str:
    """A time as RFC 3339 in UTC, with milliseconds; empty for 0, which stands for unknown.

    What no calendar holds is shown as a number, since an altered record may say anything.
    """
    if not milliseconds:
        return ""
    try:
        at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return f"{milliseconds} ms"
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


def day(milliseconds: int) -> str:
    """The day of a time, in UTC."""
    return _day(milliseconds // _DAY)


@lru_cache(4096)
def _day(number: int) -> str:
    return moment(number * _DAY or 1)[:10]


def short(digest: str, length: int = 12) -> str:
    """The beginning of a digest, without its algorithm."""
    return digest.removeprefix("sha256:")[:length]
