"""Azure shared access signatures: the signature parameter."""

from gateway.detect.recogniser import STRONG, Form, Recogniser

AZURE_SAS = Recogniser(
    label="azure_sas_token",
    category="secret",
    forms=(Form(r"[?&]sig=(?P<value>[0-9A-Za-z%+/]{40,80}(?:%3D|=)?)", STRONG, STRONG, before=""),),
)
