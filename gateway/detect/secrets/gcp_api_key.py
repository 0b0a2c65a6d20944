"""Google Cloud API keys. The length is fixed, near misses are reported as likely."""

from gateway.detect.recogniser import LIKELY, PROVEN, Form, Recogniser

GCP_API_KEY = Recogniser(
    label="gcp_api_key",
    category="secret",
    forms=(
        Form(r"AIza[0-9A-Za-z_-]{35}", PROVEN, PROVEN),
        Form(r"AIza[0-9A-Za-z_-]{30,40}", LIKELY, LIKELY),
    ),
)
