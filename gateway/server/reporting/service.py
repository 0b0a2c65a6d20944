"""A service that speaks OPA's management API: JSON is posted to it, on a thread."""

import gzip
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass

TIMEOUT_S = 10.0


class Undelivered(Exception):
    """The service did not take it."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where reports go. No proxy of the environment, no redirects."""

    url: str
    token: str | None = None

    def post(self, path: str, body: bytes, *, compressed: bool = False) -> None:
        """Post a JSON document; blocks. Raises :class:`Undelivered`."""
        headers = {"content-type": "application/json", "user-agent": "lictor"}
        if compressed:
            body, headers["content-encoding"] = gzip.compress(body), "gzip"
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        address = f"{self.url.rstrip('/')}/{path}"
        request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310 - settings say http(s)
        try:
            with _opener().open(request, timeout=TIMEOUT_S) as answer:
                answer.read(1)
        except urllib.error.HTTPError as error:
            error.close()
            raise Undelivered(f"{address} answered {error.code}") from None
        except OSError as error:
            raise Undelivered(f"{address}: {type(error).__name__}") from None


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """A report goes where the settings say."""
        return


def _opener() -> urllib.request.OpenerDirector:
    secure = urllib.request.HTTPSHandler(context=ssl.create_default_context())
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), secure, _Stay())
