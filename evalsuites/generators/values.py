"""Made-up values with the shape, and where there is one the checksum, of real ones."""

import string
from collections.abc import Callable, Mapping
from random import Random

_LETTERS = string.ascii_letters + string.digits
_GIVEN = ("jane", "marta", "tomasz", "lucia", "henrik", "priya", "oliver", "sofia", "yusuf", "claire")
_FAMILY = ("doe", "keller", "nowak", "moreau", "lindqvist", "sharma", "brennan", "rossi", "yilmaz", "dubois")


def email(random: Random) -> str:
    """An address at a name that is kept for examples."""
    return f"{random.choice(_GIVEN)}.{random.choice(_FAMILY)}{random.randint(2, 98)}@example.org"


def phone(random: Random) -> str:
    """A number from the range that is kept for fiction."""
    return f"+1 {random.choice(('212', '415', '617'))}-555-01{random.randint(0, 99):02}"


def card(random: Random) -> str:
    """A card number with a right check digit."""
    body = "4" + "".join(random.choice(string.digits) for _ in range(14))
    total = sum(
        sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(body), 0)
    )
    number = body + str(-total % 10)
    return " ".join(number[at : at + 4] for at in range(0, 16, 4))


def iban(random: Random) -> str:
    """A German account number with right check digits."""
    account = "".join(random.choice(string.digits) for _ in range(18))
    check = 98 - int(account + "131400") % 97
    return f"DE{check:02}{account}"


def ssn(random: Random) -> str:
    """A US social security number of a form that was given out."""
    return f"{random.randint(100, 665)}-{random.randint(11, 98)}-{random.randint(1001, 9998)}"


def letters(random: Random, count: int, alphabet: str = _LETTERS) -> str:
    """Random signs."""
    return "".join(random.choice(alphabet) for _ in range(count))


PERSONAL: Mapping[str, Callable[[Random], str]] = {
    "email": email,
    "phone": phone,
    "card": card,
    "iban": iban,
    "ssn": ssn,
}

SECRETS: Mapping[str, Callable[[Random], str]] = {
    "aws_access_key": lambda random: "AKIA" + letters(random, 16, string.ascii_uppercase + "234567"),
    "github_token": lambda random: "ghp_" + letters(random, 36),
    "gitlab_token": lambda random: "glpat-" + letters(random, 20),
    "huggingface_token": lambda random: "hf_" + letters(random, 34, string.ascii_letters),
    "npm_token": lambda random: "npm_" + letters(random, 36),
    "url_password": lambda random: f"postgres://billing:{letters(random, 16)}@db.internal:5432/billing",
    "assigned_key": lambda random: f'api_key = "{letters(random, 32)}"',
    "bearer": lambda random: f"Authorization: Bearer {letters(random, 40)}",
}
