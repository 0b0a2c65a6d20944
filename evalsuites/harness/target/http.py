"""A gateway, or a provider, somewhere else."""

import json
import os
import time
import urllib.error
import urllib.request

from evalsuites.harness.target.answer import Answer, Request
from evalsuites.harness.target.in_process import answer_of, labelled

KEY = "LICTOR_EVAL_KEY"
"""The variable with the key that is sent."""


class Http:
    """Asks a base URL such as ``http://127.0.0.1:4000``, without a path."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        key = os.environ.get(KEY, "evaluation")
        self._credentials = {"authorization": f"Bearer {key}", "x-api-key": key}

    def ask(self, request: Request, timeout_s: float) -> Answer:
        """Ask once. Raises as :meth:`Target.ask` says."""
        sent = urllib.request.Request(  # noqa: S310 - the URL is the operator's own
            self._url + request.path,
            json.dumps(request.body, ensure_ascii=False).encode(),
            {**labelled(request), **self._credentials},
        )
        began = time.perf_counter()
        try:
            with urllib.request.urlopen(sent, timeout=timeout_s) as response:  # noqa: S310 - as above
                status, headers, body = response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            status, headers, body = error.code, error.headers, error.read()
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise TimeoutError(str(error.reason)) from None
            raise
        named = {name.lower(): value for name, value in headers.items()}
        return answer_of(status, named, body, (time.perf_counter() - began) * 1000)

    def close(self) -> None:
        """Nothing is held."""
