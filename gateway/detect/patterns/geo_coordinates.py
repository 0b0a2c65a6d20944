"""Positions in decimal degrees (ISO 6709 Annex D), as maps and phones write them."""

from gateway.detect.recogniser import STRONG, WEAK, Form, Recogniser, proven_by


def _on_earth(value: str) -> bool:
    latitude, _, longitude = value.replace("°", "").partition(",")
    return abs(float(latitude)) <= 90 and abs(float(longitude)) <= 180


GEO_COORDINATES = Recogniser(
    label="geo_coordinates",
    category="pii",
    context=r"lat|latitude|lon|lng|long|longitude|coordinates?|coords?|gps|location|geo|position|koordinaten",
    forms=(
        Form(
            r"[-+]?\d{1,2}\.\d{3,10}°?, {0,2}[-+]?\d{1,3}\.\d{3,10}",
            STRONG,
            WEAK,
            proven_by(_on_earth),
            before=r"(?<![0-9A-Za-z.,])",
        ),
    ),
)
