"""The official OpenAI SDK for Python, responses."""

from typing import Any

import openai

from tests.clients.drivers.driving import Cell, Found, Partial, drive, facts, named
from tests.clients.drivers.openai_chat import Weather, client


def offered(cell: Cell) -> Any:
    return [{"type": "function", "strict": False, **cell.tool}]


def said(cell: Cell) -> Any:
    return [{"role": "user", "content": cell.prompt}]


def ask(cell: Cell) -> Found:
    return told(client(cell).responses.create(model=cell.model, input=cell.prompt))


def told(answer: Any) -> Found:
    found: Found = {"type": named(answer), "text": answer.output_text, "finish": finish(answer)}
    if answer.usage:
        found["usage"] = [answer.usage.input_tokens, answer.usage.output_tokens]
    return found


def finish(answer: Any) -> str:
    return str(answer.incomplete_details.reason if answer.incomplete_details else answer.status)


def stream(cell: Cell) -> Found:
    pieces: list[str] = []
    kinds: list[str] = []
    calls: list[str] = []
    answer: Any = None
    try:
        with client(cell).responses.create(model=cell.model, input=cell.prompt, stream=True) as events:
            for event in events:
                kinds.append(event.type)
                if event.type == "response.output_item.added" and event.item.type == "function_call":
                    calls.append(event.item.name)
                if event.type == "response.output_text.delta":
                    pieces.append(event.delta)
                if event.type in ("response.completed", "response.incomplete", "response.failed"):
                    answer = event.response
    except openai.OpenAIError as error:
        raise Partial("".join(pieces), error) from error
    assert kinds[0] == "response.created"
    assert answer.output_text == "".join(pieces)
    return {**told(answer), "piecewise": len(pieces) > 1, "calls": calls}


def tools(cell: Cell) -> Found:
    return called(client(cell).responses.create(model=cell.model, input=cell.prompt, tools=offered(cell)))


def stream_tools(cell: Cell) -> Found:
    with client(cell).responses.stream(model=cell.model, input=cell.prompt, tools=offered(cell)) as events:
        return called(events.get_final_response())


def called(answer: Any) -> Found:
    (call,) = [item for item in answer.output if item.type == "function_call"]
    return {
        "type": named(answer),
        "tool": call.name,
        "arguments": call.arguments,
        "finish": finish(answer),
    }


def round_trip(cell: Cell) -> Found:
    asking = client(cell)
    history = said(cell)
    first = asking.responses.create(model=cell.model, input=history, tools=offered(cell))
    (call,) = [item for item in first.output if item.type == "function_call"]
    history += [*first.output, {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}]
    return told(asking.responses.create(model=cell.model, input=history, tools=offered(cell)))


def structured(cell: Cell) -> Found:
    answer = client(cell).responses.parse(model=cell.model, input=cell.prompt, text_format=Weather)
    assert isinstance(answer.output_parsed, Weather)
    return {"type": named(answer.output_parsed), "structured": answer.output_parsed.model_dump()}


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
