"""GitHub tokens: personal, OAuth, app, refresh and fine-grained."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

GITHUB = Recogniser(
    label="github_token",
    category="secret",
    forms=(
        Form(r"gh[pousr]_[0-9A-Za-z]{36,251}", PROVEN, PROVEN),
        Form(r"github_pat_[0-9A-Za-z_]{40,90}", PROVEN, PROVEN),
    ),
)
