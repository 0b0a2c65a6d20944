"""Doppler tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

DOPPLER = Recogniser(
    label="doppler_token",
    category="secret",
    forms=(
        Form(r"dp\.(?:pt|ct|st|sa|scim|audit)\.(?:[0-9a-z_-]{2,35}\.)?[0-9A-Za-z]{40,44}", PROVEN, PROVEN),
    ),
)
