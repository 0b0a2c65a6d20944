"""Internet addresses: IPv4 (RFC 791) and IPv6 (RFC 4291).

A public address may lead to a person, a private one hardly; loopback, masks and the unspecified
address lead nowhere and are not reported.
"""

from ipaddress import IPv4Address, IPv6Address

from gateway.detect.recogniser import LIKELY, NOTHING, PROVEN, STRONG, WEAK, Form, Recogniser


def _v4(value: str) -> float:
    try:
        address = IPv4Address(value)
    except ValueError:
        return NOTHING
    if value.startswith(("0.", "255.")) or value.endswith(".0.0"):
        return NOTHING
    return _certainty(address)


def _v6(value: str) -> float:
    """``a::b`` is an address and C++ alike: three colons and a digit are asked for."""
    if value.count(":") < 3 or not any(map(str.isdigit, value)):
        return NOTHING
    try:
        return _certainty(IPv6Address(value))
    except ValueError:
        return NOTHING


def _certainty(address: IPv4Address | IPv6Address) -> float:
    if address.is_loopback or address.is_unspecified or address.is_multicast:
        return NOTHING
    return PROVEN if address.is_global else WEAK


IP_ADDRESS = Recogniser(
    label="ip_address",
    category="pii",
    context=r"ip|ips|ipv[46]|address|host|from|server|client|gateway|dns|router|ping|ssh|connect[a-z]*",
    forms=(
        Form(
            r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}",
            STRONG,
            LIKELY,
            _v4,
            # What follows "version" or a "v" numbers a release.
            before=r"(?<![0-9A-Za-z.])(?<!ersion )(?<!elease )(?<!v\. )(?<!/)",
            after=r"(?![0-9A-Za-z]|\.\d)",
        ),
        Form(
            r"(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}",
            STRONG,
            STRONG,
            _v6,
            before=r"(?<![0-9A-Za-z:.])",
            after=r"(?![0-9A-Za-z:])",
            probe=r"::|:[0-9A-Fa-f]{1,4}:",
        ),
    ),
)
