"""Mailchimp API keys: the data centre follows the dash."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

MAILCHIMP = Recogniser(
    label="mailchimp_key",
    category="secret",
    forms=(Form(r"[0-9a-f]{32}-us\d{1,2}", PROVEN, PROVEN),),
)
