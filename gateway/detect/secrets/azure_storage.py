"""Azure storage, Service Bus, Event Hubs and Cosmos connection strings: the key part."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

AZURE_STORAGE = Recogniser(
    label="azure_storage_key",
    category="secret",
    forms=(
        Form(
            r"(?:AccountKey|SharedAccessKey)=(?P<value>[0-9A-Za-z+/]{40,90}={0,2})",
            PROVEN,
            PROVEN,
            caseless=True,
            before="",
        ),
    ),
)
