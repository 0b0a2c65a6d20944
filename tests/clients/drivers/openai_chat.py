"""The official OpenAI SDK for Python, chat completions."""

from typing import Any

import openai
from openai.types.chat import ChatCompletion
from pydantic import BaseModel

from tests.clients.drivers.driving import Cell, Found, Partial, drive, facts, named


class Weather(BaseModel):
    city: str
    celsius: int


def client(cell: Cell) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{cell.url}/v1",
        api_key=cell.key,
        default_headers=cell.headers,
        timeout=cell.timeout_s,
        **cell.options("max_retries"),
    )


def said(cell: Cell) -> Any:
    return [{"role": "user", "content": cell.prompt}]


def offered(cell: Cell) -> Any:
    return [{"type": "function", "function": cell.tool}]


def ask(cell: Cell) -> Found:
    return told(client(cell).chat.completions.create(model=cell.model, messages=said(cell)))


def told(answer: ChatCompletion) -> Found:
    choice = answer.choices[0]
    found: Found = {"type": named(answer), "text": choice.message.content, "finish": choice.finish_reason}
    if answer.usage:
        found["usage"] = [answer.usage.prompt_tokens, answer.usage.completion_tokens]
    return found


def stream(cell: Cell) -> Found:
    pieces: list[str] = []
    calls: list[str | None] = []
    finish, usage, kinds = None, None, set()
    try:
        with client(cell).chat.completions.create(
            model=cell.model, messages=said(cell), stream=True, stream_options={"include_usage": True}
        ) as chunks:
            for chunk in chunks:
                kinds.add(named(chunk))
                for choice in chunk.choices:
                    pieces += [choice.delta.content] if choice.delta.content else []
                    calls += [
                        call.function.name if call.function else None
                        for call in choice.delta.tool_calls or ()
                    ]
                    finish = choice.finish_reason or finish
                usage = chunk.usage or usage
    except openai.OpenAIError as error:
        raise Partial("".join(pieces), error) from error
    found: Found = {
        "type": "".join(kinds),
        "text": "".join(pieces),
        "finish": finish,
        "piecewise": len(pieces) > 1,
        "calls": calls,
    }
    if usage:
        found["usage"] = [usage.prompt_tokens, usage.completion_tokens]
    return found


def tools(cell: Cell) -> Found:
    return called(
        client(cell).chat.completions.create(model=cell.model, messages=said(cell), tools=offered(cell))
    )


def stream_tools(cell: Cell) -> Found:
    with client(cell).chat.completions.stream(
        model=cell.model, messages=said(cell), tools=offered(cell)
    ) as chunks:
        return called(chunks.get_final_completion())


def called(answer: Any) -> Found:
    choice = answer.choices[0]
    (call,) = choice.message.tool_calls
    return {
        "type": named(answer),
        "tool": call.function.name,
        "arguments": call.function.arguments,
        "finish": choice.finish_reason,
    }


def round_trip(cell: Cell) -> Found:
    asking = client(cell)
    history = said(cell)
    first = asking.chat.completions.create(model=cell.model, messages=history, tools=offered(cell))
    message: Any = first.choices[0].message
    history += [
        message,
        {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "sunny"},
    ]
    return told(asking.chat.completions.create(model=cell.model, messages=history, tools=offered(cell)))


def structured(cell: Cell) -> Found:
    answer = client(cell).chat.completions.parse(
        model=cell.model, messages=said(cell), response_format=Weather
    )
    parsed = answer.choices[0].message.parsed
    assert isinstance(parsed, Weather)
    return {"type": named(parsed), "structured": parsed.model_dump()}


if __name__ == "__main__":
    drive(
        {
            "ask": ask,
            "stream": stream,
            "tools": tools,
            "stream_tools": stream_tools,
            "round_trip": round_trip,
            "structured": structured,
        },
        facts,
    )
