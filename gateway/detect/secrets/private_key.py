"""Private keys in PEM and its relatives (RFC 7468, OpenSSH, PGP RFC 9580): the whole block.

A block without its end line, cut off by a length limit or a paste, is a key all the same: the span
then covers the lines of the body that are there.
"""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

_KIND = r"(?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED|ANY|SSH2 ENCRYPTED) )?PRIVATE KEY|PGP PRIVATE KEY BLOCK"
_REST = r"(?:[^-]|-(?!----)){0,20000}"
# Inside JSON the line ends are escaped.
_LINES = r"(?:(?:\s|\\n|\\r){1,4}[0-9A-Za-z+/=]{20,100}){0,400}"

PRIVATE_KEY = Recogniser(
    label="private_key",
    category="secret",
    forms=(
        Form(
            rf"-----BEGIN (?:{_KIND})-----(?:{_REST}-----END (?:{_KIND})-----|{_LINES})",
            PROVEN,
            PROVEN,
            before="",
            after="",
            probe=rf"-----BEGIN (?:{_KIND})-----",
        ),
        Form(
            r"PuTTY-User-Key-File-\d: [^\n]{1,80}\n(?:[^\n]{0,200}\n){1,200}?Private-MAC: [0-9a-f]{40,64}",
            PROVEN,
            PROVEN,
            before="",
            probe=r"PuTTY-User-Key-File-\d: ",
        ),
    ),
)
