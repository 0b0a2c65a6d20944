"""Discord bot tokens and webhooks."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

DISCORD = Recogniser(
    label="discord_token",
    category="secret",
    forms=(
        Form(r"[MNO][0-9A-Za-z]{22,27}\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27,45}", PROVEN, PROVEN),
        Form(
            r"https://(?:canary\.|ptb\.)?discord(?:app)?\.com/api/webhooks/\d{15,21}/[0-9A-Za-z_-]{50,80}",
            PROVEN,
            PROVEN,
            caseless=True,
        ),
    ),
)
