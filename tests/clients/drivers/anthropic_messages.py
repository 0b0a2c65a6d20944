"""The official Anthropic SDK for Python, messages."""

from typing import Any

import anthropic
from pydantic import BaseModel

from tests.clients.drivers.driving import Cell, Found, Partial, drive, facts, named

LONGEST = 1024


class Weather(BaseModel):
    city: str
    celsius: int


def client(cell: Cell) -> anthropic.Anthropic:
    return anthropic.Anthropic(
        base_url=cell.url,
        api_key=cell.key,
        default_headers=cell.headers,
        timeout=cell.timeout_s,
        **cell.options("max_retries"),
    )


def said(cell: Cell) -> Any:
    return [{"role": "user", "content": cell.prompt}]


def offered(cell: Cell) -> Any:
    return [
        {
            "name": cell.tool["name"],
            "description": cell.tool["description"],
            "input_schema": cell.tool["parameters"],
        }
    ]


def ask(cell: Cell) -> Found:
    return told(client(cell).messages.create(model=cell.model, max_tokens=LONGEST, messages=said(cell)))


def told(answer: Any) -> Found:
    return {
        "type": named(answer),
        "text": "".join(block.text for block in answer.content if block.type == "text"),
        "finish": answer.stop_reason,
        "usage": [answer.usage.input_tokens, answer.usage.output_tokens],
    }


def stream(cell: Cell) -> Found:
    pieces: list[str] = []
    try:
        with client(cell).messages.stream(
            model=cell.model, max_tokens=LONGEST, messages=said(cell)
        ) as events:
            pieces += events.text_stream
            answer = events.get_final_message()
    except anthropic.AnthropicError as error:
        raise Partial("".join(pieces), error) from error
    assert "".join(pieces) == told(answer)["text"]
    calls = [block.name for block in answer.content if block.type == "tool_use"]
    return {**told(answer), "piecewise": len(pieces) > 1, "calls": calls}


def tools(cell: Cell) -> Found:
    return called(
        client(cell).messages.create(
            model=cell.model, max_tokens=LONGEST, messages=said(cell), tools=offered(cell)
        )
    )


def stream_tools(cell: Cell) -> Found:
    with client(cell).messages.stream(
        model=cell.model, max_tokens=LONGEST, messages=said(cell), tools=offered(cell)
    ) as events:
        return called(events.get_final_message())


def called(answer: Any) -> Found:
    (call,) = [block for block in answer.content if block.type == "tool_use"]
    return {
        "type": named(answer),
        "tool": call.name,
        "arguments": call.input,
        "finish": answer.stop_reason,
    }


def round_trip(cell: Cell) -> Found:
    asking = client(cell)
    history = said(cell)
    options: Any = {"model": cell.model, "max_tokens": LONGEST, "tools": offered(cell)}
    first = asking.messages.create(messages=history, **options)
    result = {"type": "tool_result", "tool_use_id": first.content[-1].id, "content": "sunny"}
    history += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    return told(asking.messages.create(messages=history, **options))


def structured(cell: Cell) -> Found:
    answer = client(cell).messages.parse(
        model=cell.model, max_tokens=LONGEST, messages=said(cell), output_format=Weather
    )
    assert isinstance(answer.parsed_output, Weather)
    return {"type": named(answer.parsed_output), "structured": answer.parsed_output.model_dump()}


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
