"""Groq API keys."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

GROQ = Recogniser(
    label="groq_api_key",
    category="secret",
    forms=(Form(r"gsk_[0-9A-Za-z]{40,60}", PROVEN, PROVEN),),
)
