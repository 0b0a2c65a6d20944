"""What ragas takes a judge and embeddings for. The only module that imports ragas."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel
from ragas.embeddings.base import BaseRagasEmbedding
from ragas.llms.base import InstructorBaseRagasLLM
from ragas.metrics import collections

from evalsuites.harness.metrics.base import Ask, Unmeasured
from evalsuites.harness.metrics.structure import json_in
from evalsuites.harness.target.answer import CHAT, Answer

__all__ = ["Behind", "Judge", "Letters", "collections", "embedding"]

EMBEDDINGS = "/v1/embeddings"
Form = TypeVar("Form", bound=BaseModel)


class Judge(InstructorBaseRagasLLM):  # type: ignore[misc, unused-ignore]  # without ragas
    """A judge behind the gateway. After one failure it goes on failing: the rest would be no measurement."""

    def __init__(self, ask: Ask, body: Mapping[str, Any], ends: float) -> None:
        self._ask = ask
        self._body = body
        self._ends = ends
        self.failed = ""
        """Why it failed first."""

    def generate(self, prompt: str, response_model: type[Form]) -> Form:
        """Ask, and read the answer in the form that is asked for."""
        if self.failed:
            raise Unmeasured(self.failed)
        try:
            answer = self._answer(prompt, response_model)
            return response_model.model_validate(json_in(answer.text))
        except Unmeasured as reason:
            self.failed = str(reason)
            raise
        except ValueError as error:
            self.failed = f"the judge does not keep the form {response_model.__name__}: {_first_line(error)}"
            raise Unmeasured(self.failed) from None

    async def agenerate(self, prompt: str, response_model: type[Form]) -> Form:
        """As :meth:`generate`: a row is judged one question after the other."""
        return self.generate(prompt, response_model)

    def _answer(self, prompt: str, form: type[BaseModel]) -> Answer:
        schema = {"name": form.__name__, "schema": form.model_json_schema()}
        wanted = {"type": "json_schema", "json_schema": schema}
        said = [{"role": "user", "content": prompt}]
        return _asked(
            self._ask, CHAT, {**self._body, "messages": said, "response_format": wanted}, self._ends
        )


class Behind(BaseRagasEmbedding):  # type: ignore[misc, unused-ignore]  # as above
    """An embedding model behind the gateway."""

    def __init__(self, ask: Ask, model: str, ends: float) -> None:
        super().__init__()
        self._ask = ask
        self._model = model
        self._ends = ends

    def embed_text(self, text: str, **_: object) -> list[float]:
        """The vector that the upstream gives."""
        body = {"model": self._model, "input": text, "encoding_format": "float"}
        answer = _asked(self._ask, EMBEDDINGS, body, self._ends)
        try:
            return [float(one) for one in answer.body["data"][0]["embedding"]]
        except (KeyError, IndexError, TypeError, ValueError):
            raise Unmeasured("the embedding model gives no vector") from None

    async def aembed_text(self, text: str, **_: object) -> list[float]:
        """As :meth:`embed_text`."""
        return self.embed_text(text)


class Letters(BaseRagasEmbedding):  # type: ignore[misc, unused-ignore]  # as above
    """Counts of letter groups, hashed to a fixed number of places (Weinberger et al. 2009).

    The same everywhere, without a model or network. It sees spelling and not meaning: two texts in other
    words are far apart, however alike they mean.
    """

    _PLACES = 1024
    _SIZES = (3, 4, 5)

    def embed_text(self, text: str, **_: object) -> list[float]:
        """A vector without negative numbers: similarities are from 0 to 1."""
        vector = [0.0] * self._PLACES
        for group in self._groups(f" {' '.join(text.casefold().split())} "):
            place = int.from_bytes(hashlib.blake2b(group.encode(), digest_size=4).digest())
            vector[place % self._PLACES] += 1
        return vector

    async def aembed_text(self, text: str, **_: object) -> list[float]:
        """As :meth:`embed_text`."""
        return self.embed_text(text)

    def _groups(self, text: str) -> Sequence[str]:
        return [text[at : at + size] for size in self._SIZES for at in range(max(1, len(text) - size + 1))]


def embedding(ask: Ask, model: str, ends: float) -> BaseRagasEmbedding:
    """The model of that name behind the gateway, or letter groups where none is named."""
    return Behind(ask, model, ends) if model else Letters()


def _asked(ask: Ask, path: str, body: Mapping[str, Any], ends: float) -> Answer:
    """An answer worth reading."""
    left = ends - time.monotonic()
    if left <= 0:
        raise Unmeasured("the judge was not done in time")
    try:
        answer = ask(path, body, left)
    except TimeoutError:
        raise Unmeasured("the judge was not done in time") from None
    except OSError as error:
        raise Unmeasured(f"the judge cannot be asked: {error}") from None
    if answer.blocked:
        raise Unmeasured(f"policy stopped the judge's call: {answer.error or answer.ruled}")
    if answer.status >= 400:
        raise Unmeasured(f"the judge's call failed: HTTP {answer.status} {answer.error}")
    return answer


def _first_line(error: ValueError) -> str:
    return " ".join(str(error).split())[:200]
