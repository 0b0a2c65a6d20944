"""Databricks access tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

DATABRICKS = Recogniser(
    label="databricks_token",
    category="secret",
    forms=(Form(r"dapi[0-9a-f]{32}(?:-\d)?", PROVEN, PROVEN),),
)
