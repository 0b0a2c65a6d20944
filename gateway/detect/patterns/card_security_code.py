"""Card security codes behind the word that says so. They may never be stored (PCI DSS 3.3.1)."""

from gateway.detect.recogniser import STRONG, Form, Recogniser

CARD_SECURITY_CODE = Recogniser(
    label="card_security_code",
    category="pii",
    forms=(
        Form(
            r"(?:cvv2?|cvc2?|card security code)(?: code| number)?[ :#=]{1,3}(?:is )?(?P<value>\d{3,4})",
            near=STRONG,
            caseless=True,
        ),
    ),
)
