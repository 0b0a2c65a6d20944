"""DigitalOcean tokens: personal, OAuth, refresh."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

DIGITALOCEAN = Recogniser(
    label="digitalocean_token",
    category="secret",
    forms=(Form(r"do[opr]_v1_[0-9a-f]{64}", PROVEN, PROVEN),),
)
