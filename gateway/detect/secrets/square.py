"""Square access tokens and OAuth secrets."""

from gateway.detect.recogniser import PROVEN, STRONG, Form, Recogniser

SQUARE = Recogniser(
    label="square_token",
    category="secret",
    forms=(
        Form(r"sq0[a-z]{3}-[0-9A-Za-z_-]{22,43}", PROVEN, PROVEN),
        Form(r"EAAA[0-9A-Za-z_-]{60}", STRONG, STRONG),
    ),
)
