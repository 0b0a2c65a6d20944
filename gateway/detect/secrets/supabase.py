"""Supabase access tokens and secret keys."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

SUPABASE = Recogniser(
    label="supabase_token",
    category="secret",
    forms=(
        Form(r"sbp_[0-9a-f]{40}", PROVEN, PROVEN),
        Form(r"sb_secret_[0-9A-Za-z_-]{22,64}", PROVEN, PROVEN),
    ),
)
