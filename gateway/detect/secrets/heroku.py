"""Heroku API keys: the new prefix, or a UUID beside the name."""

from gateway.detect.recogniser import PROVEN, STRONG, Form, Recogniser

HEROKU = Recogniser(
    label="heroku_key",
    category="secret",
    context=r"heroku[a-z_]*",
    forms=(
        Form(r"HRKU-[0-9A-Za-z_-]{36,64}", PROVEN, PROVEN),
        Form(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", STRONG),
    ),
)
