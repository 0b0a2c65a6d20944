"""Addresses of crypto currencies: base58check (Bitcoin and its kin), bech32 (BIP 173), Ethereum.

Ethereum's own checksum (EIP-55) needs Keccak-256, a millisecond a candidate in Python, which a
hostile text could multiply; the shape alone is telling enough.
"""

from hashlib import sha256

from stdnum import bitcoin

from gateway.detect.recogniser import LIKELY, PROVEN, STRONG, WEAK, Form, Recogniser, proven_by

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {character: index for index, character in enumerate(_ALPHABET)}


def is_base58check(value: str) -> bool:
    """True when the last four bytes are the double SHA-256 of the rest."""
    number = 0
    for character in value:
        number = number * 58 + _DIGITS[character]
    try:
        raw = number.to_bytes(25)
    except OverflowError:
        return False
    return sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def _bech32(value: str) -> float:
    """Addresses of witness version 1 (BIP 350) carry another checksum: the prefix must do."""
    if bitcoin.is_valid(value):
        return PROVEN
    return LIKELY if value[3:4].lower() == "p" and len(value) == 62 else WEAK


CRYPTO_WALLET = Recogniser(
    label="crypto_wallet",
    category="pii",
    context=r"bitcoin|btc|eth|ethereum|crypto|wallet|usdt|erc-?20|litecoin|ltc|doge|tron|send|address",
    forms=(
        Form(r"[13LMDATX9][1-9A-HJ-NP-Za-km-z]{25,34}", PROVEN, PROVEN, proven_by(is_base58check)),
        Form(r"bc1[02-9ac-hj-np-z]{11,71}", PROVEN, PROVEN, _bech32, caseless=True),
        Form(r"0x[0-9A-Fa-f]{40}", STRONG, LIKELY),
    ),
)
