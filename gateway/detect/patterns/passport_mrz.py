"""Machine-readable zones of passports and identity cards (ICAO Doc 9303-4 to -6)."""

from gateway.detect.patterns.icao import checked
from gateway.detect.recogniser import PROVEN, Form, Recogniser, proven_by

_HEAD_TD3 = r"P[A-Z<][A-Z<]{3}[A-Z<]{39}"
_TAIL_TD3 = r"[0-9A-Z<]{9}\d[A-Z<]{3}\d{6}\d[MFX<]\d{6}\d[0-9A-Z<]{14}[0-9<]\d"
_TAIL_TD1 = r"\d{6}\d[MFX<]\d{6}\d[A-Z<]{3}[0-9A-Z<]{11}\d"
_MIDDLE = r"\d[MFX<]\d{7}"


def _is_passport(value: str) -> bool:
    line = value[-44:]
    return checked(line[:9], line[9]) and checked(line[13:19], line[19]) and checked(line[21:27], line[27])


def _is_card(value: str) -> bool:
    line = value.split()[1]
    return checked(line[:6], line[6]) and checked(line[8:14], line[14])


PASSPORT_MRZ = Recogniser(
    label="passport_mrz",
    category="pii",
    forms=(
        Form(
            rf"(?:{_HEAD_TD3}\s{{1,3}})?{_TAIL_TD3}",
            PROVEN,
            PROVEN,
            proven_by(_is_passport),
            before=r"(?<![0-9A-Z<])",
            after=r"(?![0-9A-Z<])",
            probe=_MIDDLE,
        ),
        Form(
            rf"[ACI][0-9A-Z<]{{29}}\s{{1,3}}{_TAIL_TD1}\s{{1,3}}[A-Z<]{{30}}",
            PROVEN,
            PROVEN,
            proven_by(_is_card),
            before=r"(?<![0-9A-Z<])",
            after=r"(?![0-9A-Z<])",
            probe=_MIDDLE,
        ),
    ),
)
