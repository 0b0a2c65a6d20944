"""Domestic bank account numbers and sort codes behind the words that say so."""

from gateway.detect.recogniser import LIKELY, Form, Recogniser

BANK_ACCOUNT = Recogniser(
    label="bank_account",
    category="pii",
    forms=(
        Form(
            r"(?:account|acct|konto(?:nummer|nr)?)\.?(?: ?(?:number|no|nr|num)\.?)?[ :#=]{1,3}"
            r"(?:is )?(?P<value>\d{6,17}|\d{4}-\d{6})",
            near=LIKELY,
            caseless=True,
        ),
        Form(r"sort ?code[ :#=]{1,3}(?:is )?(?P<value>\d{2}-\d{2}-\d{2}|\d{6})", near=LIKELY, caseless=True),
    ),
)
