"""SendGrid API keys."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

SENDGRID = Recogniser(
    label="sendgrid_key",
    category="secret",
    forms=(Form(r"SG\.[0-9A-Za-z_-]{16,32}\.[0-9A-Za-z_-]{32,64}", PROVEN, PROVEN),),
)
