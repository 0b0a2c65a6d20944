"""Microsoft Entra client secrets (three characters, a digit, Q and a tilde)."""

from gateway.detect.recogniser import STRONG, Form, Recogniser

AZURE_CLIENT_SECRET = Recogniser(
    label="azure_client_secret",
    category="secret",
    forms=(Form(r"[0-9A-Za-z_~.]{3}\dQ~[0-9A-Za-z_~.-]{31,34}", STRONG, STRONG),),
)
