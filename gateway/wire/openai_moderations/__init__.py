"""OpenAI's ``POST /v1/moderations``, answered by the gateway itself.

It is no endpoint of the proxy: nothing is forwarded, nothing is judged by policy, and what comes back
are scores and no decision.
"""

from typing import Final

from gateway.wire.envelopes import OpenAIErrors

PATH: Final = "/v1/moderations"


class Errors(OpenAIErrors):
    """Refusals as OpenAI's clients read them."""

    __slots__ = ()
