"""New Relic user, browser and ingest keys."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

NEWRELIC = Recogniser(
    label="newrelic_key",
    category="secret",
    forms=(
        Form(r"NRAK-[0-9A-Z]{27}", PROVEN, PROVEN),
        Form(r"NRJS-[0-9a-f]{19}", PROVEN, PROVEN),
    ),
)
