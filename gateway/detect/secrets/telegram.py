"""Telegram bot tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

TELEGRAM = Recogniser(
    label="telegram_bot_token",
    category="secret",
    forms=(Form(r"\d{8,10}:AA[0-9A-Za-z_-]{33}", PROVEN, PROVEN),),
)
