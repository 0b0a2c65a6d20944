"""Perplexity API keys."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

PERPLEXITY = Recogniser(
    label="perplexity_api_key",
    category="secret",
    forms=(Form(r"pplx-[0-9A-Za-z]{40,60}", PROVEN, PROVEN),),
)
