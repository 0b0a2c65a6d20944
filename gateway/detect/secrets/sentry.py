"""Sentry organisation and user tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

SENTRY = Recogniser(
    label="sentry_token",
    category="secret",
    forms=(Form(r"sntry[su]_[0-9A-Za-z+/=_-]{60,250}", PROVEN, PROVEN),),
)
