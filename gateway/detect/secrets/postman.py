"""Postman API keys."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

POSTMAN = Recogniser(
    label="postman_key",
    category="secret",
    forms=(Form(r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}", PROVEN, PROVEN),),
)
