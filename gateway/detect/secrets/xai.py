"""xAI API keys."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

XAI = Recogniser(
    label="xai_api_key",
    category="secret",
    forms=(Form(r"xai-[0-9A-Za-z]{60,90}", PROVEN, PROVEN),),
)
