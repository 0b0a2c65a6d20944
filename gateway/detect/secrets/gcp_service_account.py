"""Google Cloud service account files: the id of the key. The key itself is a private key block."""

from gateway.detect.recogniser import STRONG, Form, Recogniser

GCP_SERVICE_ACCOUNT = Recogniser(
    label="gcp_service_account",
    category="secret",
    context="service_account|client_email|private_key",
    forms=(
        Form(
            r"\"private_key_id\"\s{0,4}:\s{0,4}\"(?P<value>[0-9a-f]{40})\"",
            STRONG,
            before="",
            after="",
            probe="private_key_id",
        ),
    ),
)
