"""Everything that is fuzzed, by name."""

from collections.abc import Mapping

from tests.fuzz import bodies, framing
from tests.fuzz.pieces import Target
from tests.fuzz.readers import spoken
from tests.fuzz.windows import ASKED, Windowed

TARGETS: Mapping[str, Target] = {
    "sse": framing.events,
    "json_array": framing.array,
    "strict": bodies.strict,
    "splice": bodies.splicing,
    **{f"read-{name}": kind.read for name, kind in spoken().items()},
    **{
        f"window-{name}": Windowed(kind).govern
        for name, kind in spoken().items()
        if kind.dialect.name in ASKED
    },
}
