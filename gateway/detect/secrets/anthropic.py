"""Anthropic API and administrator keys."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

ANTHROPIC = Recogniser(
    label="anthropic_api_key",
    category="secret",
    forms=(Form(r"sk-ant-(?:api|admin|oat|sid)\d{2}-[0-9A-Za-z_-]{20,120}", PROVEN, PROVEN),),
)
