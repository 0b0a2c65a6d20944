"""Atlassian API tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

ATLASSIAN = Recogniser(
    label="atlassian_token",
    category="secret",
    forms=(
        Form(r"ATATT3[0-9A-Za-z_=-]{100,250}", PROVEN, PROVEN),
        Form(r"ATCTT3[0-9A-Za-z_=-]{100,250}", PROVEN, PROVEN),
    ),
)
