"""LiteLLM's generic guardrail API: another proxy asks what may pass, and is told.

LiteLLM takes a request or a response apart and sends the pieces; its answer is one of three words, with
the pieces that have to change. What it does with anything but HTTP 200 is up to its own settings, so
whatever a caller could bring about, an unreadable body for one, is answered with a plain *BLOCKED*.

Contract: ``generic_guardrail_api`` of litellm 1.106, client and types.
"""

from typing import Final

PATH: Final = "/beta/litellm_basic_guardrail_api"
ENDPOINT: Final = "interop.litellm"
"""Name of the endpoint in records and in the input of rules."""

DIALECT: Final = "litellm_guardrail"
