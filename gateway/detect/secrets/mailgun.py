"""Mailgun API keys."""

from gateway.detect.recogniser import STRONG, Form, Recogniser

MAILGUN = Recogniser(
    label="mailgun_key",
    category="secret",
    forms=(
        Form(r"key-[0-9a-f]{32}", STRONG, STRONG),
        Form(r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}", STRONG, STRONG),
    ),
)
