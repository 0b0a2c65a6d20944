"""Twilio API keys, and auth tokens beside the name."""

from gateway.detect.recogniser import STRONG, Form, Recogniser

TWILIO = Recogniser(
    label="twilio_key",
    category="secret",
    context=r"twilio[a-z_]*",
    forms=(
        Form(r"SK[0-9a-f]{32}", STRONG, STRONG),
        Form(r"[0-9a-f]{32}", STRONG),
    ),
)
