"""Shopify access tokens and shared secrets."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

SHOPIFY = Recogniser(
    label="shopify_token",
    category="secret",
    forms=(Form(r"shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}", PROVEN, PROVEN),),
)
