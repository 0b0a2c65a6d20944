"""Google's official SDK for Python, google-genai."""

from typing import Any

from google import genai
from google.genai import errors, types
from pydantic import BaseModel

from tests.clients.drivers.driving import Cell, Found, Partial, drive, named


class Weather(BaseModel):
    city: str
    celsius: int


def client(cell: Cell) -> genai.Client:
    options = types.HttpOptions(base_url=cell.url, headers=cell.headers, timeout=int(cell.timeout_s * 1000))
    return genai.Client(api_key=cell.key, http_options=options)


def offered(cell: Cell) -> types.GenerateContentConfig:
    declared = types.FunctionDeclaration(
        name=cell.tool["name"],
        description=cell.tool["description"],
        parameters_json_schema=cell.tool["parameters"],
    )
    return types.GenerateContentConfig(tools=[types.Tool(function_declarations=[declared])])


def ask(cell: Cell) -> Found:
    asking = client(cell)  # a client that nobody holds closes its connections
    return told(asking.models.generate_content(model=cell.model, contents=cell.prompt))


def told(answer: Any) -> Found:
    usage = answer.usage_metadata
    return {
        "type": named(answer),
        "text": answer.text,
        "finish": finish(answer),
        **({"usage": [usage.prompt_token_count, usage.candidates_token_count]} if usage else {}),
    }


def finish(answer: Any) -> Any:
    reason = answer.candidates[0].finish_reason
    return reason.value if reason else None


def stream(cell: Cell) -> Found:
    pieces: list[str] = []
    calls: list[str] = []
    last: Any = None
    asking = client(cell)
    try:
        for last in asking.models.generate_content_stream(model=cell.model, contents=cell.prompt):
            pieces += [last.text] if last.text else []
            calls += [call.name for call in last.function_calls or ()]
    except Exception as error:
        raise Partial("".join(pieces), error) from error
    return {**told(last), "text": "".join(pieces), "piecewise": len(pieces) > 1, "calls": calls}


def tools(cell: Cell) -> Found:
    asking = client(cell)
    return called(
        [asking.models.generate_content(model=cell.model, contents=cell.prompt, config=offered(cell))]
    )


def stream_tools(cell: Cell) -> Found:
    asking = client(cell)
    return called(
        list(
            asking.models.generate_content_stream(
                model=cell.model, contents=cell.prompt, config=offered(cell)
            )
        )
    )


def called(answers: list[Any]) -> Found:
    (call,) = [call for answer in answers for call in answer.function_calls or ()]
    return {
        "type": named(answers[-1]),
        "tool": call.name,
        "arguments": call.args,
        "finish": finish(answers[-1]),
    }


def round_trip(cell: Cell) -> Found:
    asking = client(cell)
    history: list[Any] = [types.Content(role="user", parts=[types.Part.from_text(text=cell.prompt)])]
    first: Any = asking.models.generate_content(model=cell.model, contents=history, config=offered(cell))
    result = types.Part.from_function_response(name=cell.tool["name"], response={"result": "sunny"})
    history += [first.candidates[0].content, types.Content(role="user", parts=[result])]
    return told(asking.models.generate_content(model=cell.model, contents=history, config=offered(cell)))


def structured(cell: Cell) -> Found:
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=Weather)
    asking = client(cell)
    answer = asking.models.generate_content(model=cell.model, contents=cell.prompt, config=config)
    assert isinstance(answer.parsed, Weather)
    return {"type": named(answer.parsed), "structured": answer.parsed.model_dump()}


def describe(error: Any) -> Found:
    """What ``APIError`` tells its users."""
    if not isinstance(error, errors.APIError):
        return {"message": str(error)}
    details: Any = error.details
    inner = details.get("error", {}) if isinstance(details, dict) else {}
    return {
        "status": error.code,
        "message": error.message,
        "decision": inner.get("lictor", {}).get("decision_id"),
    }


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
        describe,
    )
