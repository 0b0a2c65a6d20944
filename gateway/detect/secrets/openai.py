"""OpenAI API keys: project, service account, administrator and the older user keys."""

from gateway.detect.recogniser import PROVEN, STRONG, Form, Recogniser

OPENAI = Recogniser(
    label="openai_api_key",
    category="secret",
    forms=(
        Form(r"sk-(?:proj|svcacct|admin|None)-[0-9A-Za-z_-]{20,200}", PROVEN, PROVEN),
        Form(r"sk-[0-9A-Za-z]{32,64}", STRONG, STRONG),
    ),
)
