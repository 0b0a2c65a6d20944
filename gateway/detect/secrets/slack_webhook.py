"""Slack incoming webhooks: whoever has the address may post."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

SLACK_WEBHOOK = Recogniser(
    label="slack_webhook",
    category="secret",
    forms=(
        Form(
            r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[0-9A-Za-z/_-]{20,120}",
            PROVEN,
            PROVEN,
            caseless=True,
        ),
    ),
)
