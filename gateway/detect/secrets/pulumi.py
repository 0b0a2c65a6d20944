"""Pulumi access tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

PULUMI = Recogniser(
    label="pulumi_token",
    category="secret",
    forms=(Form(r"pul-[0-9a-f]{40}", PROVEN, PROVEN),),
)
