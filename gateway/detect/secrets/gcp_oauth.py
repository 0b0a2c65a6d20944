"""Google OAuth client secrets, access tokens and refresh tokens."""

from gateway.detect.recogniser import PROVEN, STRONG, Form, Recogniser

GCP_OAUTH = Recogniser(
    label="gcp_oauth",
    category="secret",
    forms=(
        Form(r"GOCSPX-[0-9A-Za-z_-]{28}", PROVEN, PROVEN),
        Form(r"ya29\.[0-9A-Za-z_-]{30,300}", PROVEN, PROVEN),
        Form(r"1//0[0-9A-Za-z_-]{30,120}", STRONG, STRONG),
    ),
)
