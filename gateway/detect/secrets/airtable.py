"""Airtable personal access tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

AIRTABLE = Recogniser(
    label="airtable_token",
    category="secret",
    forms=(Form(r"pat[0-9A-Za-z]{14}\.[0-9a-f]{64}", PROVEN, PROVEN),),
)
