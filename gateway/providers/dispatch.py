"""Which upstream is asked, how often, and whose answer the caller gets.

The upstreams of a route are asked in turn, first choice first. A failure moves on to the next one at
once; only when every one has been asked does the first come again, after a pause. The last answer
reaches the caller as its provider sent it, whatever it says.

Asked again: no connection, a connection that closed before any byte of an answer, and the statuses
in ``RETRIED``. Not asked again: a read timeout, because the generation may have run and would be
billed twice; any other status; and everything after the head of an answer was handed on.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from gateway.core.errors import CallerError, LictorError, UpstreamError
from gateway.providers.client import ConnectTimeout, UpstreamClient, UpstreamRequest, UpstreamResponse
from gateway.providers.upstream import Routing, Upstream

RETRIED = frozenset({429, 500, 502, 503, 529})

# What can be said in the other dialect: the caller's family, the path, and the upstream's family.
TRANSLATED = frozenset(
    {
        ("openai", "/chat/completions", "anthropic"),
        ("openai", "/chat/completions", "gemini"),
        ("openai", "/chat/completions", "bedrock"),
        ("anthropic", "/messages", "openai"),
    }
)

# Longest pause before an upstream is asked again; one that wants a longer rest is not asked again.
MAX_PAUSE_S = 5.0
_FIRST_PAUSE_S = 0.25

_Result = UpstreamResponse | UpstreamError | CallerError

TranslatorFactory = Callable[[], UpstreamClient]


class Dispatcher:
    """Sends requests to the upstreams of a route.

    ``translator`` makes the client that speaks the caller's dialect to an upstream of the other one.
    It may take seconds, so it runs in a thread, once, and only when :meth:`warm` or a request needs it.
    ``sleep`` makes the pauses.
    """

    def __init__(
        self,
        client: UpstreamClient,
        translator: TranslatorFactory | None = None,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._make_translator = translator
        self._translator: UpstreamClient | None = None
        self._making = asyncio.Lock()

    async def warm(self, routing: Routing) -> None:
        """Make the translator now, if a route needs one whoever calls."""
        if needs_translation(routing):
            await self._translating()

    async def send(self, upstreams: Sequence[Upstream], request: UpstreamRequest) -> UpstreamResponse:
        """The first usable answer, or the last unusable one.

        Raises:
            UpstreamError: the last upstream gave no answer at all; ``attempts`` counts the requests.
            CallerError: no upstream of the route can serve this endpoint in this dialect, or the last
                one cannot be told this request in its own.
        """
        able = [upstream for upstream in upstreams if self._can_serve(upstream, request)]
        if not able:
            raise CallerError(400, "unsupported_endpoint", "No upstream of this model serves this endpoint.")
        turns = _turns(able)
        for attempt, upstream in enumerate(turns[:-1], start=1):
            result = await self._attempt(upstream, request, attempt)
            pause = _pause(result, lap=attempt // len(able), same=turns[attempt] is upstream)
            if pause is None:
                return _handed_on(result)
            await _let_go(result)
            await self._sleep(pause)
        return _handed_on(await self._attempt(turns[-1], request, len(turns)))

    async def aclose(self) -> None:
        """Close every connection."""
        if self._translator is not None:
            await self._translator.aclose()
        await self._client.aclose()

    async def _attempt(self, upstream: Upstream, request: UpstreamRequest, number: int) -> _Result:
        result: UpstreamResponse | UpstreamError
        try:
            client = self._client if request.family == upstream.family else await self._translating()
            result = await client.send(upstream, named(upstream, request))
        except CallerError as error:
            return error
        except UpstreamError as error:
            result = error
        result.attempts = number
        return result

    async def _translating(self) -> UpstreamClient:
        async with self._making:
            if self._translator is None:
                if self._make_translator is None:
                    raise UpstreamError("protocol", "The upstream speaks another dialect than the caller.")
                self._translator = await asyncio.to_thread(self._make_translator)
            return self._translator

    def _can_serve(self, upstream: Upstream, request: UpstreamRequest) -> bool:
        if upstream.family == request.family:
            return True
        asked = (request.family, request.path.partition("?")[0], upstream.family)
        return self._make_translator is not None and asked in TRANSLATED


def needs_translation(routing: Routing) -> bool:
    """Whether some route falls back from one dialect to another, so that each of its callers may need it,
    or has an upstream whose dialect no caller speaks.

    Where all upstreams of a route speak one dialect, only its callers know whether they speak another.
    """
    families = [{routing.upstreams[name].family for name in route.upstreams} for route in routing.routes]
    return any(
        "bedrock" in spoken or {caller, upstream} <= spoken
        for spoken in families
        for caller, _, upstream in TRANSLATED
    )


def named(upstream: Upstream, request: UpstreamRequest) -> UpstreamRequest:
    """The request, with the model's name as this upstream knows it."""
    name = upstream.model_for(request.model)
    deployed = request.azure and upstream.dialect != "azure"  # the body names another model, or none
    if request.renamed is None or (name == request.model and not deployed):
        return request
    path = request.path_for(name) if request.path_for else request.path
    return replace(request, model=name, path=path, body=request.renamed(name), renamed=None)


def _turns(upstreams: Sequence[Upstream]) -> list[Upstream]:
    """Every upstream once, then those that allow a second request, and so on."""
    laps = 1 + max(upstream.retries for upstream in upstreams)
    return [upstream for lap in range(laps) for upstream in upstreams if lap <= upstream.retries]


def _pause(result: _Result, *, lap: int, same: bool) -> float | None:
    """Seconds until the next request, or None where there shall be none."""
    if isinstance(result, CallerError):
        return None if same else 0.0
    if isinstance(result, UpstreamError):
        repeatable, asked = result.code == "unreachable" or isinstance(result, ConnectTimeout), 0.0
    else:
        repeatable, asked = _is_repeatable(result), _retry_after(result) if same else 0.0
    if not repeatable or asked > MAX_PAUSE_S:
        return None
    backoff = _FIRST_PAUSE_S * 2 ** (lap - 1) * random.uniform(0.5, 1.0) if lap else 0.0  # noqa: S311
    return min(max(asked, backoff), MAX_PAUSE_S)


def _is_repeatable(response: UpstreamResponse) -> bool:
    # ``x-should-retry`` is how both providers tell their SDKs that asking again would not help.
    return response.status in RETRIED and (b"x-should-retry", b"false") not in response.headers


def _retry_after(response: UpstreamResponse) -> float:
    """RFC 9110 section 10.2.3, in seconds or the providers' milliseconds; a date is not waited for."""
    fields = dict(response.headers)
    try:
        if b"retry-after-ms" in fields:
            return max(0.0, float(fields[b"retry-after-ms"]) / 1000)
        return max(0.0, float(fields.get(b"retry-after", b"0")))
    except ValueError:
        return 0.0


def _handed_on(result: _Result) -> UpstreamResponse:
    if isinstance(result, LictorError):
        raise result
    return result


async def _let_go(result: _Result) -> None:
    if not isinstance(result, LictorError):
        await result.aclose()
