"""Google's official client in front of the gateway behaves as it does in front of the provider."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.testing.upstream import Fail, Reply, ScriptedUpstream, Stream, ToolCall, Turn
from tests.e2e.harness import SECRET, Script, Site, bare

pytest.importorskip("google.genai", reason="needs google-genai, of the extra dev")

from google.genai import Client, errors, types

Json = Any
"""A tree whose shape the test knows."""

MODEL = "gemini-2.5-flash"
# Put together here so that no scanner of this repository takes it for a real one.
GOOGLE_KEY = "AIza" + "SyCallersOwnKey0123456789abcdefghij"
WEATHER = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="weather",
            description="The weather of a city.",
            parameters=types.Schema(
                type=types.Type.OBJECT, properties={"city": types.Schema(type=types.Type.STRING)}
            ),
        )
    ]
)
WITH_TOOLS = types.GenerateContentConfig(
    tools=[WEATHER], automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True)
)

# Google's client inherits from a class of aiohttp's that warns of it.
ASYNCHRONOUS = pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")


@pytest.fixture
def client(gateway: Site, upstream: ScriptedUpstream) -> Iterator[Client]:
    opened = Client(api_key=GOOGLE_KEY, http_options=types.HttpOptions(base_url=gateway.url))
    yield opened
    opened.close()


def ask(client: Client, text: str, model: str = MODEL) -> str | None:
    said: str | None = client.models.generate_content(model=model, contents=text).text
    return said


def streamed(
    client: Client, text: str, **options: types.GenerateContentConfig
) -> list[types.GenerateContentResponse]:
    return list(client.models.generate_content_stream(model=MODEL, contents=text, **options))


def labels(answer: types.GenerateContentResponse) -> dict[str, str]:
    assert answer.sdk_http_response is not None
    return dict(answer.sdk_http_response.headers or {})


# --- answers --------------------------------------------------------------------------------------------


def test_an_answer_arrives_with_its_usage(client: Client, gateway: Site, upstream: ScriptedUpstream) -> None:
    answer = client.models.generate_content(model=MODEL, contents="Hello")
    assert answer.text == "echo: Hello"
    assert answer.candidates is not None
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP
    assert answer.usage_metadata is not None
    assert answer.usage_metadata.total_token_count == 12
    (received,) = upstream.requests
    assert received.path == f"/v1beta/models/{MODEL}:generateContent"
    assert received.header("x-goog-api-key") == GOOGLE_KEY
    decision_id = labels(answer)["x-lictor-decision-id"]
    assert gateway.kinds(decision_id) == ["decision", "outcome"]
    decision = gateway.exchange(decision_id)[0]
    assert (decision["endpoint"], decision["model"]) == ("gemini.generate_content", MODEL)
    outcome = gateway.outcome(decision_id)
    assert (outcome["input_tokens"], outcome["output_tokens"]) == (7, 5)


@ASYNCHRONOUS
async def test_an_answer_arrives_asynchronously(client: Client) -> None:
    async with client.aio as opened:
        answer = await opened.models.generate_content(model=MODEL, contents="Hello")
    assert answer.text == "echo: Hello"


def test_a_streamed_answer_is_whole(client: Client, upstream: ScriptedUpstream) -> None:
    chunks = streamed(client, "Hello")
    assert len(chunks) > 3
    assert "".join(chunk.text or "" for chunk in chunks) == "echo: Hello"
    assert upstream.requests[0].path == f"/v1beta/models/{MODEL}:streamGenerateContent?alt=sse"


@ASYNCHRONOUS
async def test_a_streamed_answer_is_whole_asynchronously(client: Client) -> None:
    async with client.aio as opened:
        stream = await opened.models.generate_content_stream(model=MODEL, contents="Hello")
        texts = [chunk.text or "" async for chunk in stream]
    assert "".join(texts) == "echo: Hello"


@pytest.mark.parametrize("stream", [False, True])
def test_a_function_call_comes_back_with_its_signature(client: Client, script: Script, stream: bool) -> None:
    script.always(Turn(tools=(ToolCall("weather", '{"city": "Paris"}'),)))
    if stream:
        answers = streamed(client, "?", config=WITH_TOOLS)
    else:
        answers = [client.models.generate_content(model=MODEL, contents="?", config=WITH_TOOLS)]
    (call,) = [call for answer in answers for call in answer.function_calls or ()]
    assert (call.name, call.args) == ("weather", {"city": "Paris"})
    parts = [part for answer in answers for part in answer.parts or ()]
    assert [part.thought_signature for part in parts if part.function_call] == [b"signed"]


def test_thoughts_are_told_apart(client: Client, script: Script) -> None:
    script.always(Turn("Yes.", thinking="Let me see."))
    parts = [part for chunk in streamed(client, "?") for part in chunk.parts or ()]
    assert "".join(part.text or "" for part in parts if part.thought) == "Let me see."
    assert "".join(part.text or "" for part in parts if not part.thought) == "Yes."


def test_history_tools_and_results_reach_the_upstream(client: Client, upstream: ScriptedUpstream) -> None:
    history: Any = [
        types.Content(role="user", parts=[types.Part(text="Weather?")]),
        types.Content(
            role="model",
            parts=[
                types.Part(
                    function_call=types.FunctionCall(name="weather", args={"city": "Paris"}),
                    thought_signature=b"signed",
                )
            ],
        ),
        types.Content(
            role="user",
            parts=[
                types.Part(
                    function_response=types.FunctionResponse(
                        name="weather", response={"result": "Sunny, for jane.doe@example.com"}
                    )
                )
            ],
        ),
    ]
    config = WITH_TOOLS.model_copy(update={"system_instruction": "Answer ann@example.com."})
    client.models.generate_content(model=MODEL, contents=history, config=config)
    sent = upstream.requests[0].json()
    assert bare(sent["systemInstruction"]["parts"][0]["text"]) == "Answer <EMAIL>."
    assert sent["contents"][1]["parts"][0]["thoughtSignature"] == "c2lnbmVk"
    result = sent["contents"][2]["parts"][0]["functionResponse"]
    assert bare(result["response"]["result"]) == "Sunny, for <EMAIL>"
    assert sent["tools"][0]["functionDeclarations"][0]["name"] == "weather"


def test_structured_output_comes_back(client: Client, script: Script, upstream: ScriptedUpstream) -> None:
    script.always(Turn('{"city": "Paris"}'))
    config = types.GenerateContentConfig(
        response_mime_type="application/json",
        response_schema=types.Schema(
            type=types.Type.OBJECT, properties={"city": types.Schema(type=types.Type.STRING)}
        ),
    )
    answer = client.models.generate_content(model=MODEL, contents="Where?", config=config)
    assert answer.parsed == {"city": "Paris"}
    assert "responseSchema" in upstream.requests[0].json()["generationConfig"]


def test_tokens_are_counted_and_texts_embedded(client: Client, upstream: ScriptedUpstream) -> None:
    assert client.models.count_tokens(model=MODEL, contents="Hi jane.doe@example.com").total_tokens == 7
    contents: Any = ["a", "b ann@example.com"]  # the client's own type differs with what else is installed
    embedded = client.models.embed_content(model="gemini-embedding-001", contents=contents)
    assert [vector.values for vector in embedded.embeddings or ()] == [[0.25, -0.5]] * 2
    counted, batch = (request.json() for request in upstream.requests)
    assert bare(counted["contents"][0]["parts"][0]["text"]) == "Hi <EMAIL>"
    texts = [bare(each["content"]["parts"][0]["text"]) for each in batch["requests"]]
    assert texts == ["a", "b <EMAIL>"]


def test_models_are_listed(client: Client, upstream: ScriptedUpstream) -> None:
    assert [model.name for model in client.models.list()] == ["models/scripted"]
    assert upstream.requests[0].path.startswith("/v1beta/models")


# --- content --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
def test_personal_data_in_an_answer_does_not_reach_the_caller(
    client: Client, script: Script, stream: bool
) -> None:
    script.always(
        Turn("Write to jane.doe@example.com today.", tools=(ToolCall("mail", '{"to": "ann@example.com"}'),))
    )
    answers = streamed(client, "?") if stream else [client.models.generate_content(model=MODEL, contents="?")]
    parts = [part for answer in answers for part in answer.parts or ()]
    assert "".join(part.text or "" for part in parts) == "Write to [EMAIL] today."
    assert [part.function_call.args for part in parts if part.function_call] == [{"to": "[EMAIL]"}]


@pytest.mark.parametrize("stream", [False, True])
def test_the_caller_has_its_own_value_back(client: Client, upstream: ScriptedUpstream, stream: bool) -> None:
    said = "Hello, jane.doe@example.com"
    answers = (
        streamed(client, said) if stream else [client.models.generate_content(model=MODEL, contents=said)]
    )
    assert "".join(answer.text or "" for answer in answers) == f"echo: {said}"
    assert b"jane.doe" not in upstream.requests[0].body


@pytest.mark.parametrize("stream", [False, True])
def test_a_secret_is_denied_without_retries(
    client: Client, gateway: Site, upstream: ScriptedUpstream, stream: bool
) -> None:
    with pytest.raises(errors.ClientError) as denial:
        streamed(client, f"Why does {SECRET} not work?") if stream else ask(
            client, f"Why does {SECRET} fail?"
        )
    assert upstream.requests == []
    assert (denial.value.code, denial.value.status) == (400, "INVALID_ARGUMENT")
    assert denial.value.message == (
        "Denied by policy: The request carries a credential, which must not go to an external provider."
    )
    ours = denial.value.details["error"]["lictor"]
    assert (ours["rule"], ours["param"]) == ("secrets.never_leave", "/contents/0/parts/0/text")
    assert gateway.outcome(ours["decision_id"])["ending"] == "denied"
    assert SECRET not in str(denial.value.details)


def test_a_stop_amid_a_stream_is_a_reason_to_finish(client: Client, script: Script, gateway: Site) -> None:
    """A thought is never rewritten, so personal data in one stops the answer."""
    said = ["A sentence that is quite harmless and of no interest to anybody. " * 3] * 4
    parts: list[Json] = [
        *({"text": text} for text in said),
        {"text": "Ask ann@example.com.", "thought": True},
    ]
    chunks = [{"candidates": [{"content": {"role": "model", "parts": [part]}}]} for part in parts]
    script.always(Stream([b"data: " + json.dumps(chunk).encode() + b"\r\n\r\n" for chunk in chunks]))
    answers = streamed(client, "Go on")
    delivered = "".join(answer.text or "" for answer in answers)
    assert delivered
    assert "".join(said).startswith(delivered)
    assert [answer.candidates[0].finish_reason for answer in answers if answer.candidates][-1] == (
        types.FinishReason.SAFETY
    )
    outcome = gateway.outcome(labels(answers[0])["x-lictor-decision-id"])
    assert (outcome["status"], outcome["ending"]) == (200, "denied")


def test_the_callers_key_is_neither_logged_nor_recorded(client: Client, gateway: Site) -> None:
    ask(client, "Hello")
    url = f"{gateway.url}/v1beta/models/{MODEL}:generateContent?key={GOOGLE_KEY}"
    assert post(url, {"contents": [{"parts": [{"text": "Hi"}]}]})["modelVersion"] == "scripted"
    assert gateway.traces_of(GOOGLE_KEY) == []


# --- without the client -----------------------------------------------------------------------------------


def post(url: str, body: object) -> Json:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def test_a_key_in_the_address_becomes_a_header(
    gateway: Site, upstream: ScriptedUpstream, script: Script
) -> None:
    script.always(Turn("Hello"))
    url = f"{gateway.url}/v1/models/{MODEL}:generateContent?%6Bey={GOOGLE_KEY}&prettyPrint=false"
    post(url, {"contents": {"parts": {"text": "Hi"}}})
    (received,) = upstream.requests
    assert received.path == f"/v1beta/models/{MODEL}:generateContent?prettyPrint=false"
    assert received.header("x-goog-api-key") == GOOGLE_KEY


def test_a_stream_without_events_is_one_array(gateway: Site, script: Script) -> None:
    script.always(Turn("Write to jane.doe@example.com today.", piece=3))
    chunks = post(
        f"{gateway.url}/v1beta/models/{MODEL}:streamGenerateContent",
        {"contents": [{"parts": [{"text": "?"}]}]},
    )
    texts = [part["text"] for chunk in chunks for part in chunk["candidates"][0]["content"]["parts"]]
    assert len(texts) > 5
    assert "".join(texts) == "Write to [EMAIL] today."


def test_the_other_spelling_of_names_hides_nothing(gateway: Site, upstream: ScriptedUpstream) -> None:
    body = {
        "system_instruction": {"parts": {"text": "Answer ann@example.com."}},
        "contents": [
            {
                "role": "user",
                "parts": [{"function_response": {"name": "f", "response": {"x": "bob@example.com"}}}],
            }
        ],
    }
    post(f"{gateway.url}/v1beta/models/{MODEL}:generateContent", body)
    sent = upstream.requests[0].json()
    assert bare(sent["system_instruction"]["parts"]["text"]) == "Answer <EMAIL>."
    assert bare(sent["contents"][0]["parts"][0]["function_response"]["response"]["x"]) == "<EMAIL>"


def test_a_body_that_names_another_model_is_refused(gateway: Site, upstream: ScriptedUpstream) -> None:
    body = {"model": "models/gemini-other", "content": {"parts": [{"text": "Hi"}]}}
    with pytest.raises(urllib.error.HTTPError) as refusal:
        post(f"{gateway.url}/v1beta/models/{MODEL}:embedContent", body)
    error = json.loads(refusal.value.read())["error"]
    refusal.value.close()
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["lictor"]["code"] == "model_mismatch"
    assert upstream.requests == []


# --- errors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "word", "raised"),
    [
        (400, "INVALID_ARGUMENT", errors.ClientError),
        (403, "PERMISSION_DENIED", errors.ClientError),
        (429, "RESOURCE_EXHAUSTED", errors.ClientError),
        (500, "INTERNAL", errors.ServerError),
        (503, "UNAVAILABLE", errors.ServerError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_the_upstream_refuses_is_told_in_its_words(
    *,
    client: Client,
    script: Script,
    status: int,
    word: str,
    raised: type[errors.APIError],
    stream: bool,
) -> None:
    body = {"error": {"code": status, "message": "No.", "status": word}}
    script.always(Reply.json(body, status))
    with pytest.raises(raised) as fault:
        streamed(client, "Hello") if stream else ask(client, "Hello")
    assert (fault.value.code, fault.value.status, fault.value.message) == (status, word, "No.")


def test_an_upstream_that_gives_no_answer(client: Client, script: Script) -> None:
    script.always(Fail("hang"))
    with pytest.raises(errors.ServerError) as fault:
        ask(client, "Hello", "gemini-dead")
    assert (fault.value.code, fault.value.status) == (502, "UNAVAILABLE")


def test_a_stream_that_breaks_off_does_not_look_complete(client: Client, script: Script) -> None:
    script.always(
        Stream([b'data: {"candidates": [{"content": {"parts": [{"text": "He"}]}}]}\r\n\r\n'], ending="cut")
    )
    with pytest.raises(errors.ServerError) as fault:
        streamed(client, "Hello")
    assert fault.value.code == 502


def test_an_array_that_breaks_off_ends_with_an_error(gateway: Site, script: Script) -> None:
    piece = b'{"candidates": [{"content": {"parts": [{"text": "' + b"word " * 300 + b'"}]}}]}'
    headers = {"content-type": "application/json"}
    script.always(Stream([b"[" + piece, b"," + piece, b"," + piece], headers=headers, ending="cut"))
    body = {"contents": [{"parts": [{"text": "Hello"}]}]}
    chunks = post(f"{gateway.url}/v1beta/models/{MODEL}:streamGenerateContent", body)
    assert "candidates" in chunks[0]
    assert chunks[-1]["error"]["status"] == "UNAVAILABLE"


def test_an_unknown_operation_is_refused_in_the_dialect(gateway: Site, client: Client) -> None:
    with pytest.raises(errors.ClientError) as fault:
        client.files.list()
    assert (fault.value.code, fault.value.status) == (404, "NOT_FOUND")
