"""One question to OPA over HTTP, and its answer: the only file that imports opa-python-client.

The client's own session would retry, follow redirects, read ``.netrc`` and proxies from the environment, and
read an answer of any size for as long as some bytes keep coming. :class:`_Session` takes its place.
"""

import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from opa_client.opa import OpaClient
from requests import RequestException, Response, Session, Timeout
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as ReadTimeout

from gateway.policy.opa.fault import OpaFault

LARGEST = 4 * 1024 * 1024
"""Longest answer that is read, in bytes."""

PARAMETERS = {"provenance": "true", "strict-builtin-errors": "true"}
_PIECE = 64 * 1024
_REVISION = re.compile(r"[!-~](?:[ -~]{0,254}[!-~])?")
_WORD = re.compile(r"[a-z_]{1,64}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where OPA is and how it is spoken to."""

    url: str
    """Without a path below the API's own ``/v1``."""

    package: str = "lictor"
    """The package below which ``request``, ``response`` and ``plan`` are."""

    bundle: str = ""
    """Name of the bundle whose revision counts, where OPA has several."""

    revision: str = ""
    """The revision where policies are pushed by hand and OPA cannot name one."""

    timeout_s: float = 0.5
    token: str | None = None
    ca: str = ""
    """File with the authorities that OPA's certificate may be signed by, in place of the system's."""

    cert: tuple[str, str] | None = None
    """Files with the gateway's own certificate and key."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What OPA said."""

    revision: str
    value: Mapping[str, Any]
    """The package's document; empty where the package is not there."""


class Transport:
    """Asks OPA, from any thread; each has a connection of its own."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._local = threading.local()
        self._clients: list[OpaClient] = []

    def ask(self, package: str, document: bytes) -> Answered:
        """The document of ``lictor.<package>`` for an input, given as JSON. Raises :class:`OpaFault`."""
        path = f"{self._address.package}.{package}"
        try:
            answer = self._client().query_rule(orjson.Fragment(document), path, query_params=PARAMETERS)
        except (Timeout, ReadTimeout):
            raise OpaFault("timeout") from None
        except (RequestException, HTTPError, OSError) as error:
            raise OpaFault("unreachable", type(error).__name__) from None
        return self._read(answer)

    def _client(self) -> OpaClient:
        client: OpaClient | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = _Client(self._address)
            self._clients.append(client)
        return client

    def close(self) -> None:
        """Let go of all connections."""
        for client in self._clients:
            client.close_connection()

    def _read(self, answer: object) -> Answered:
        if not isinstance(answer, dict):
            raise OpaFault("garbage")
        reported = _revision(answer.get("provenance"), self._address.bundle)
        # An OPA that lost the policies which were pushed to it has no rules, and must not look like consent.
        revision = reported or (self._address.revision if "result" in answer else "")
        if not revision:
            raise OpaFault("no_revision")
        value = answer.get("result", {})
        if not isinstance(value, dict):
            raise OpaFault("garbage", "the package is not an object", revision=revision)
        return Answered(revision, value)


class _Client(OpaClient):  # type: ignore[misc]
    """A client whose address may have a path before the API's own."""

    def __init__(self, address: Address) -> None:
        secure = address.url.startswith("https:")
        self._bound_s = address.timeout_s
        super().__init__(
            ssl=(address.ca or True) if secure else False,
            cert=address.cert,
            token=address.token,
            retries=0,
            timeout=address.timeout_s,
        )
        self.root_url = f"{address.url.rstrip('/')}/v1"

    def _init_session(self) -> Session:
        session = _Session(self._bound_s)
        session.headers.update(self.headers or {})
        session.verify = self.ssl or True
        session.cert = self.cert
        return session


class _Session(Session):
    """Says facts as the embedded engine does, and reads no more, and for no longer, than it should."""

    def __init__(self, bound_s: float) -> None:
        super().__init__()
        self._bound_s = bound_s
        self.trust_env = False
        self.headers["content-type"] = "application/json"

    def post(self, url: str, *, json: object, timeout: float) -> "_Answer":  # type: ignore[override]
        """One question, answered whole."""
        until = time.monotonic() + self._bound_s
        body = orjson.dumps(json)
        with super().post(url, data=body, timeout=timeout, stream=True, allow_redirects=False) as response:
            return _Answer(response.status_code, b"".join(_pieces(response, until)))


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the client wants of a response."""

    status: int
    body: bytes

    def raise_for_status(self) -> None:
        """OPA says what is wrong with a policy in a code and a place; its words may quote facts."""
        if self.status != 200:
            raise _refused(self.status, self.body)

    def json(self) -> object:
        """The body, strictly read."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise OpaFault("garbage", "it is not JSON") from None


def _pieces(response: Response, until: float) -> Iterator[bytes]:
    size = 0
    while piece := response.raw.read1(_PIECE, decode_content=True):
        size += len(piece)
        if size > LARGEST:
            raise OpaFault("too_large")
        if time.monotonic() > until:
            raise OpaFault("timeout")
        yield piece


def _refused(status: int, body: bytes) -> OpaFault:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = None
    errors = said.get("errors") if isinstance(said, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict) or status not in {400, 500}:
        return OpaFault("status", str(status))
    code, place = first.get("code"), first.get("location")
    words = [code] if isinstance(code, str) and _WORD.fullmatch(code) else []
    if isinstance(place, dict) and isinstance(place.get("row"), int):
        words.append(f"{str(place.get('file'))[:128]}:{place['row']}")
    return OpaFault("evaluation", " at ".join(words))


def _revision(provenance: object, bundle: str) -> str:
    """The one revision that answered, of several bundles all in one word; empty where there is no bundle."""
    found = provenance.get("bundles") if isinstance(provenance, dict) else None
    if not isinstance(found, dict) or not found:
        return ""
    if bundle:
        found = {bundle: found.get(bundle)}
    revisions = {str(name): _named(entry) for name, entry in found.items()}
    if len(revisions) == 1:
        return next(iter(revisions.values()))
    joined = ",".join(f"{name}={revision}" for name, revision in sorted(revisions.items()))
    return _named({"revision": joined})


def _named(entry: object) -> str:
    """A revision travels in headers: nothing that could end one."""
    revision = entry.get("revision") if isinstance(entry, dict) else None
    if not isinstance(revision, str) or not _REVISION.fullmatch(revision):
        raise OpaFault("no_revision")
    return revision
