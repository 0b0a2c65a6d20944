"""LangChain's chat models; the variant says whose: ``openai``, ``openai-responses`` or ``anthropic``."""

from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from pydantic import BaseModel

from tests.clients.drivers.driving import Cell, Found, Partial, drive, facts, named


class Weather(BaseModel):
    """The weather in a city."""

    city: str
    celsius: int


def model(cell: Cell) -> Any:
    common: dict[str, Any] = {
        "model": cell.model,
        "api_key": cell.key,
        "default_headers": cell.headers,
        "timeout": cell.timeout_s,
        **cell.options("max_retries"),
    }
    if cell.variant == "anthropic":
        from langchain_anthropic import ChatAnthropic

        return ChatAnthropic(base_url=cell.url, **common)
    from langchain_openai import ChatOpenAI

    responses = cell.variant == "openai-responses"
    return ChatOpenAI(base_url=f"{cell.url}/v1", use_responses_api=responses, stream_usage=True, **common)


def said(cell: Cell) -> list[Any]:
    return [HumanMessage(cell.prompt)]


def ask(cell: Cell) -> Found:
    return told(model(cell).invoke(said(cell)))


def told(answer: AIMessage) -> Found:
    usage = answer.usage_metadata
    return {
        "type": named(answer),
        "text": answer.text,
        "finish": finish(answer),
        **({"usage": [usage["input_tokens"], usage["output_tokens"]]} if usage else {}),
    }


def finish(answer: AIMessage) -> Any:
    if details := answer.response_metadata.get("incomplete_details"):
        return details["reason"]
    names = ("finish_reason", "stop_reason", "status")
    return next(
        (answer.response_metadata[name] for name in names if answer.response_metadata.get(name)), None
    )


def stream(cell: Cell) -> Found:
    chunks: list[AIMessageChunk] = []
    try:
        chunks.extend(model(cell).stream(said(cell)))
    except Exception as error:
        raise Partial("".join(chunk.text for chunk in chunks), error) from error
    calls = [call["name"] for chunk in chunks for call in chunk.tool_call_chunks]
    piecewise = sum(bool(chunk.text) for chunk in chunks) > 1
    return {**told(joined(chunks)), "piecewise": piecewise, "calls": calls}


def joined(chunks: list[AIMessageChunk]) -> Any:
    whole: Any = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return whole


def bound(cell: Cell) -> Any:
    return model(cell).bind_tools([{"type": "function", "function": cell.tool}])


def tools(cell: Cell) -> Found:
    return called(bound(cell).invoke(said(cell)))


def stream_tools(cell: Cell) -> Found:
    return called(joined(list(bound(cell).stream(said(cell)))))


def called(answer: AIMessage) -> Found:
    (call,) = answer.tool_calls
    return {
        "type": named(answer),
        "tool": call["name"],
        "arguments": call["args"],
        "finish": finish(answer),
    }


def round_trip(cell: Cell) -> Found:
    asking = bound(cell)
    history = said(cell)
    first = asking.invoke(history)
    history += [first, ToolMessage("sunny", tool_call_id=first.tool_calls[0]["id"])]
    return told(asking.invoke(history))


def structured(cell: Cell) -> Found:
    answer = model(cell).with_structured_output(Weather).invoke(said(cell))
    return {"type": named(answer), "structured": answer.model_dump()}


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
