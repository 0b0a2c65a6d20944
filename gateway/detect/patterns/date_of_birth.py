"""Dates of birth: a date right behind the words that say so. A date alone is not personal."""

from gateway.detect.recogniser import STRONG, Form, Recogniser, proven_by

_MONTHS = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|janv|f[eé]v|avr|mai|juin|juil|ao[uû]t|d[eé]c"
    r"|m[aä]r|okt|dez|ene|abr|ago|set|dic)[a-zéû]{0,8}\.?"
)
_DATE = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)? (?:de |of )?{_MONTHS},? (?:de )?\d{{2,4}}"
    rf"|{_MONTHS} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{2,4}}"
)
_WORDS = (
    r"dob|d\.o\.b\.?|date of birth|birth ?date|birth ?day|born|geboren|geburtsdatum|geb\.|n[eé]e?|naissance"
    r"|fecha de nacimiento|nacid[oa]|nascid[oa]|data de nascimento|nat[oa]|data di nascita|geboortedatum"
)
_LEAD = rf"(?:{_WORDS})[\"']?(?: (?:on|in|am|le|el|em|il|is|the))?[ :=,\"'(]{{1,4}}(?:the )?"


def _plausible(value: str) -> bool:
    numbers = [int(part) for part in "".join(c if c.isdigit() else " " for c in value).split()]
    years = [n for n in numbers if n > 31]
    return len(years) <= 1 and all(n < 100 or 1880 <= n <= 2100 for n in years)


DATE_OF_BIRTH = Recogniser(
    label="date_of_birth",
    category="pii",
    forms=(
        Form(
            rf"{_LEAD}(?P<value>{_DATE})",
            STRONG,
            STRONG,
            proven_by(_plausible),
            caseless=True,
            probe=rf"{_LEAD}(?:\d{{1,4}}(?:st|nd|rd|th)?[-/. ]|{_MONTHS} \d)",
        ),
    ),
)
