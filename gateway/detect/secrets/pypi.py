"""PyPI upload tokens: macaroons that begin with the location of the index."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

PYPI = Recogniser(
    label="pypi_token",
    category="secret",
    forms=(Form(r"pypi-AgE[In][0-9A-Za-z_-]{50,1000}", PROVEN, PROVEN),),
)
