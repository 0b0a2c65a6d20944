"""Cloudflare origin CA keys, and API tokens beside the name."""

from gateway.detect.recogniser import PROVEN, STRONG, Form, Recogniser

CLOUDFLARE = Recogniser(
    label="cloudflare_token",
    category="secret",
    context=r"cloudflare[a-z_]*|cf_api_token",
    forms=(
        Form(r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}", PROVEN, PROVEN),
        Form(r"[0-9A-Za-z_-]{40}", STRONG),
    ),
)
