"""JSON pointers (RFC 6901), and one extension of them.

A pointer may go on past a string: then the string's own text is read as JSON and the rest of the
pointer goes into it. Tool calls need this, since a provider may carry arguments as JSON text:
``/messages/1/tool_calls/0/function/arguments/city`` is the city inside those arguments.
"""


def escape(token: str) -> str:
    """One reference token, as it is spelled inside a pointer (RFC 6901 section 3)."""
    if "~" in token or "/" in token:
        return token.replace("~", "~0").replace("/", "~1")
    return token


def split(pointer: str) -> list[str]:
    """The reference tokens of a pointer.

    Raises:
        LookupError: a pointer that is neither empty nor begins with a slash.
    """
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise LookupError("a JSON pointer begins with a slash")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/")]
