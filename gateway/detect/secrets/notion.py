"""Notion integration tokens."""

from gateway.detect.recogniser import PROVEN, STRONG, Form, Recogniser

NOTION = Recogniser(
    label="notion_token",
    category="secret",
    forms=(
        Form(r"ntn_[0-9A-Za-z]{40,50}", PROVEN, PROVEN),
        Form(r"secret_[0-9A-Za-z]{43}", STRONG, STRONG),
    ),
)
