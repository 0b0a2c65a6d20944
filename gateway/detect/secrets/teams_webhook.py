"""Microsoft Teams incoming webhooks."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

TEAMS_WEBHOOK = Recogniser(
    label="teams_webhook",
    category="secret",
    forms=(
        Form(
            r"https://[0-9a-z-]{1,60}\.webhook\.office\.com/webhookb2/[0-9A-Za-z@/_-]{40,200}",
            PROVEN,
            PROVEN,
            caseless=True,
        ),
    ),
)
