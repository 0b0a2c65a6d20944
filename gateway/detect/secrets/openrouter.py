"""OpenRouter API keys."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

OPENROUTER = Recogniser(
    label="openrouter_api_key",
    category="secret",
    forms=(Form(r"sk-or-v1-[0-9a-f]{64}", PROVEN, PROVEN),),
)
