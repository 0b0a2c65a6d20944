"""Terraform Cloud tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

TERRAFORM = Recogniser(
    label="terraform_token",
    category="secret",
    forms=(Form(r"[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_-]{60,70}", PROVEN, PROVEN),),
)
