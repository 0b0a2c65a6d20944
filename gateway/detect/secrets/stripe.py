"""Stripe secret, restricted and webhook signing keys; test keys count for less."""

from gateway.detect.recogniser import LIKELY, PROVEN, STRONG, Form, Recogniser

STRIPE = Recogniser(
    label="stripe_key",
    category="secret",
    forms=(
        Form(r"(?:sk|rk)_live_[0-9A-Za-z]{16,120}", PROVEN, PROVEN),
        Form(r"(?:sk|rk)_test_[0-9A-Za-z]{16,120}", LIKELY, LIKELY),
        Form(r"whsec_[0-9A-Za-z+/]{24,80}={0,2}", STRONG, STRONG),
    ),
)
