"""LlamaIndex's OpenAI model."""

from typing import Any

from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI
from pydantic import BaseModel

from tests.clients.drivers.driving import Cell, Found, Partial, drive, facts, named


class Weather(BaseModel):
    """The weather in a city."""

    city: str
    celsius: int


def model(cell: Cell) -> OpenAI:
    return OpenAI(
        model=cell.model,
        api_base=f"{cell.url}/v1",
        api_key=cell.key,
        default_headers=cell.headers,
        timeout=cell.timeout_s,
        **cell.options("max_retries"),
    )


def weather(city: str) -> str:
    """Tell the weather in a city."""
    return "sunny"


def said(cell: Cell) -> list[ChatMessage]:
    return [ChatMessage(role="user", content=cell.prompt)]


def ask(cell: Cell) -> Found:
    return told(model(cell).chat(said(cell)))


def told(answer: Any) -> Found:
    usage = answer.raw.usage
    return {
        "type": named(answer),
        "text": answer.message.content,
        "finish": answer.raw.choices[0].finish_reason,
        **({"usage": [usage.prompt_tokens, usage.completion_tokens]} if usage else {}),
    }


def stream(cell: Cell) -> Found:
    pieces: list[str] = []
    finish = None
    answer: Any = None
    try:
        for answer in model(cell).stream_chat(said(cell)):
            pieces += [answer.delta] if answer.delta else []
            finish = next((choice.finish_reason for choice in answer.raw.choices), None) or finish
    except Exception as error:
        raise Partial("".join(pieces), error) from error
    assert answer.message.content == "".join(pieces)
    return {
        "type": named(answer),
        "text": answer.message.content,
        "finish": finish,
        "piecewise": len(pieces) > 1,
        "calls": [block.tool_name for block in answer.message.blocks if block.block_type == "tool_call"],
    }


def tool() -> FunctionTool:
    return FunctionTool.from_defaults(weather)


def tools(cell: Cell) -> Found:
    asking = model(cell)
    answer = asking.chat_with_tools([tool()], user_msg=cell.prompt)
    return {**called(asking, answer), "finish": answer.raw.choices[0].finish_reason}


def stream_tools(cell: Cell) -> Found:
    asking = model(cell)
    *_, answer = asking.stream_chat_with_tools([tool()], user_msg=cell.prompt)
    return called(asking, answer)


def called(asking: OpenAI, answer: Any) -> Found:
    (call,) = asking.get_tool_calls_from_response(answer)
    return {"type": named(answer), "tool": call.tool_name, "arguments": call.tool_kwargs}


def round_trip(cell: Cell) -> Found:
    asking = model(cell)
    history = said(cell)
    first = asking.chat_with_tools([tool()], chat_history=history)
    (call,) = asking.get_tool_calls_from_response(first)
    history += [
        first.message,
        ChatMessage(role="tool", content="sunny", additional_kwargs={"tool_call_id": call.tool_id}),
    ]
    return told(asking.chat_with_tools([tool()], chat_history=history))


def structured(cell: Cell) -> Found:
    answer = model(cell).structured_predict(Weather, PromptTemplate(cell.prompt))
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
