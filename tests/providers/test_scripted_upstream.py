"""The kit itself: the official SDKs must take it for the real thing."""

import asyncio
import doctest
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from anthropic import Anthropic, AsyncAnthropic
from hypothesis import given
from hypothesis import strategies as st
from openai import APIConnectionError, AsyncOpenAI, OpenAI, RateLimitError

from gateway.providers.client import UpstreamRequest
from gateway.providers.passthrough import PassthroughClient
from gateway.providers.translation.sse import events
from gateway.providers.upstream import Upstream
from gateway.testing import upstream as kit
from gateway.testing import upstream_http, upstream_turns
from gateway.testing.upstream import Fail, Reply, ScriptedUpstream, Stream, ToolCall, Turn

TOOL = ToolCall("weather", '{"city": "Köln"}')
HI: Any = {"role": "user", "content": "hi"}


@pytest.mark.parametrize("module", [kit, upstream_http, upstream_turns], ids=lambda module: module.__name__)
def test_examples(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


async def test_openai() -> None:
    script = [
        Turn("Hi", tools=(TOOL,)),
        Turn(refusal="No."),
        Turn("Hello there", tools=(TOOL,)),
        Turn(refusal="No."),
    ]
    async with (
        ScriptedUpstream(script) as upstream,
        AsyncOpenAI(base_url=upstream.url + "/v1", api_key="k") as sdk,
    ):
        said = (await sdk.chat.completions.create(model="m", messages=[HI])).choices[0]
        assert (said.message.content, said.finish_reason) == ("Hi", "tool_calls")
        refused = (await sdk.chat.completions.create(model="m", messages=[HI])).choices[0]
        assert (refused.message.content, refused.message.refusal) == (None, "No.")
        for content, refusal in (("Hello there", None), (None, "No.")):
            async with sdk.chat.completions.stream(
                model="m",
                messages=[HI],
                stream_options={"include_usage": True},
            ) as stream:
                final = await stream.get_final_completion()
            message = final.choices[0].message
            assert (message.content or None, message.refusal) == (content, refusal)
            assert final.usage is not None
            assert final.usage.total_tokens == 12
        assert [model.id async for model in sdk.models.list()] == ["scripted"]
        assert upstream.requests[0].header("Authorization") == "Bearer k"
        assert upstream.requests[0].json()["messages"] == [HI]


async def test_anthropic() -> None:
    turn = Turn("Hello there", tools=(TOOL,), thinking="Hm.")
    async with (
        ScriptedUpstream([turn, turn]) as upstream,
        AsyncAnthropic(base_url=upstream.url, api_key="k") as sdk,
    ):
        plain = await sdk.messages.create(model="m", max_tokens=9, messages=[HI])
        async with sdk.messages.stream(model="m", max_tokens=9, messages=[HI]) as stream:
            streamed = await stream.get_final_message()
    assert [block.type for block in plain.content] == ["thinking", "text", "tool_use"]
    assert [block.to_dict() for block in streamed.content] == [block.to_dict() for block in plain.content]
    assert streamed.stop_reason == plain.stop_reason == "tool_use"
    assert streamed.usage.output_tokens == 5


def test_echo_in_a_thread() -> None:
    with ScriptedUpstream().run_in_thread() as upstream:
        with OpenAI(base_url=upstream.url + "/v1", api_key="k") as openai:
            said = openai.chat.completions.create(model="m", messages=[HI])
            assert said.choices[0].message.content == "echo: hi"
        with Anthropic(base_url=upstream.url, api_key="k") as anthropic:
            parts: Any = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
            message = anthropic.messages.create(
                model="m",
                max_tokens=9,
                messages=[{"role": "user", "content": parts}],
            )
            assert message.content[0].to_dict()["text"] == "echo: ab"


async def test_faults() -> None:
    busy = Reply.json({"error": {"message": "Busy", "type": "x"}}, status=429, retry_after="1")
    async with ScriptedUpstream([busy, Fail("close"), Reply(b"{}", content_length=99)]) as upstream:
        sdk = AsyncOpenAI(base_url=upstream.url, api_key="k", max_retries=0)
        async with sdk:
            with pytest.raises(RateLimitError):
                await sdk.chat.completions.create(model="m", messages=[])
            for _ in range(2):
                with pytest.raises(APIConnectionError):
                    await sdk.chat.completions.create(model="m", messages=[])
        assert len(upstream.requests) == 3


async def test_an_exhausted_script_says_so(ask: Callable[..., UpstreamRequest]) -> None:
    async with ScriptedUpstream([]) as upstream, PassthroughClient() as client:
        response = await client.send(Upstream("a", "openai", upstream.url), ask())
        assert (response.status, b"exhausted" in await response.read()) == (400, True)


async def test_chunked_requests_pauses_and_leaving_clients() -> None:
    async with ScriptedUpstream([Reply(b"1", delay_s=0.001), Stream([b"2"], ending="hang")]) as upstream:
        port = int(upstream.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = b"POST /x HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
        writer.write(head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n1")).startswith(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n")
        writer.write(head + b"0\r\n\r\n")
        await reader.readuntil(b"2\r\n")
        writer.close()
        await writer.wait_closed()
        assert (await upstream.wait_for_disconnect()).body == b""
        assert [request.body for request in upstream.requests] == [b"abcde", b""]


@given(
    values=st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3)), max_size=5),
    newline=st.sampled_from([b"\n", b"\r\n"]),
    size=st.integers(1, 50),
)
def test_events_do_not_depend_on_chunks(values: list[dict[str, str]], newline: bytes, size: int) -> None:
    frames = [b"event: x", b"", b": comment", b"", b"id: 1"]
    for value in values:
        frames += [b"event: x", b"data: " + json.dumps(value).encode(), b""]
    wire = newline.join([*frames, b"data:[DONE]", b"", b"data: never read", b"", b""])

    async def read() -> list[dict[str, object]]:
        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(wire), size):
                yield wire[start : start + size]

        return [event async for event in events(chunks())]

    assert asyncio.run(read()) == values
