"""E-mail addresses, as people write them (RFC 5321 §4.1.2 without quoted local parts)."""

from gateway.detect.recogniser import PROVEN, STRONG, WEAK, Form, Recogniser

# Names kept for documentation (RFC 2606), of which nobody is the owner, are still addresses.
_FILE_SUFFIXES = ("png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js")


def _certainty(value: str) -> float:
    local, _, domain = value.rpartition("@")
    if ".." in value or local.endswith(".") or len(local) > 64 or "-." in domain or ".-" in domain:
        return 0.0
    # "icon@2x.png" is a file name.
    return WEAK if domain.lower().endswith(_FILE_SUFFIXES) else PROVEN


EMAIL = Recogniser(
    label="email",
    category="pii",
    forms=(
        Form(
            r"[0-9A-Za-z_](?:[0-9A-Za-z.!#$%&'*+/=?^_`{|}~-]{0,63})@"
            r"(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,62}\.)){1,8}[A-Za-z](?:[0-9A-Za-z-]{0,30}[0-9A-Za-z])",
            near=STRONG,
            alone=STRONG,
            validate=_certainty,
            before=r"(?<![0-9A-Za-z_])",
            after=r"(?![0-9A-Za-z_@])",
            probe=r"[0-9A-Za-z_]@[0-9A-Za-z]|[.!#$%&'*+/=?^`{|}~-]@[0-9A-Za-z]",
        ),
    ),
)
