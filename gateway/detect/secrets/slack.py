"""Slack tokens (bot, user, app, refresh, configuration)."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

SLACK = Recogniser(
    label="slack_token",
    category="secret",
    forms=(
        Form(r"xox[abeoprs]-[0-9A-Za-z-]{10,150}", PROVEN, PROVEN),
        Form(r"xapp-\d-[0-9A-Za-z-]{20,150}", PROVEN, PROVEN),
    ),
)
