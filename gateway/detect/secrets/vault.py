"""HashiCorp Vault service, batch and recovery tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

VAULT = Recogniser(
    label="vault_token",
    category="secret",
    forms=(Form(r"hv[sbr]\.[0-9A-Za-z_-]{24,300}", PROVEN, PROVEN),),
)
