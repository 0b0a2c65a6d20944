"""Grafana service account and cloud tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

GRAFANA = Recogniser(
    label="grafana_token",
    category="secret",
    forms=(
        Form(r"glsa_[0-9A-Za-z]{32}_[0-9A-Fa-f]{8}", PROVEN, PROVEN),
        Form(r"glc_[0-9A-Za-z+/]{32,400}={0,2}", PROVEN, PROVEN),
    ),
)
