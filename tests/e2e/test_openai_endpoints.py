"""The official OpenAI client on every endpoint but chat completions: whole, streamed, redacted, denied."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import openai
import pytest

from gateway.testing.upstream import Received, Reply, ScriptedUpstream, ToolCall, Turn
from tests.e2e.harness import CALLER_KEY, SECRET, Script, Site, bare

MODEL = "gpt-4o"
LEAK = "Write to jane.doe@example.com today."
SAFE = "Write to [EMAIL] today."
SENT = "Write to <EMAIL> today."  # with a placeholder, bare of its key
TOOL: Any = {"type": "function", "name": "mail", "parameters": {"type": "object"}, "strict": False}


@pytest.fixture
def client(gateway: Site, upstream: ScriptedUpstream) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


def coverage(gateway: Site, decision_id: str) -> set[str]:
    """The reasons for which parts of the request were not read."""
    return unread(gateway.exchange(decision_id)[0])


def unread(record: dict[str, Any]) -> set[str]:
    """The reasons for which parts were not read."""
    return {entry["reason"] for entry in record["coverage"] if entry["detectors"] == ["*"]}


# --- responses --------------------------------------------------------------------------------------------


def test_a_response(client: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    answer = client.responses.create(model=MODEL, input="Hello", instructions="Ask bob@example.com.")
    assert answer.output_text == "echo: Hello"
    assert upstream.requests[0].path == "/v1/responses"
    assert bare(upstream.requests[0].json()["instructions"]) == "Ask <EMAIL>."


def test_history_in_a_request_is_redacted(client: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    items: Any = [
        {"role": "user", "content": [{"type": "input_text", "text": LEAK}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA+jane.doe@example.com"},
        {
            "type": "function_call",
            "call_id": "c",
            "name": "mail",
            "arguments": '{"to": "jane.doe@example.com"}',
        },
        {"type": "function_call_output", "call_id": "c", "output": LEAK},
    ]
    client.responses.create(model=MODEL, input=items)
    sent = upstream.requests[0].json()["input"]
    assert bare(sent[0]["content"][0]["text"]) == SENT
    assert sent[1] == items[1]
    assert bare(sent[2]["arguments"]) == '{"to": "<EMAIL>"}'
    assert bare(sent[3]["output"]) == SENT


def test_a_response_is_redacted(client: openai.OpenAI, script: Script) -> None:
    script.always(Turn(LEAK, tools=(ToolCall("mail", '{"to": "jane.doe@example.com"}'),)))
    answer = client.responses.create(model=MODEL, input="Whom?", tools=[TOOL])
    assert answer.output_text == SAFE
    call: Any = answer.output[1]
    assert call.arguments == '{"to": "[EMAIL]"}'


@pytest.mark.parametrize("piece", [1, 4, 1000])
def test_a_streamed_response_is_redacted_wherever_it_repeats_itself(
    client: openai.OpenAI, script: Script, piece: int
) -> None:
    call = ToolCall("mail", '{"to": "jane.doe@example.com"}')
    script.always(Turn(LEAK, tools=(call,), thinking="Ask jane.doe@example.com.", piece=piece))
    with client.responses.stream(model=MODEL, input="Whom?", tools=[TOOL]) as stream:
        events: list[Any] = list(stream)
        final = stream.get_final_response()
    assert final.output_text == SAFE
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(deltas) == SAFE
    assert "jane.doe" not in repr(events)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].type == "response.completed"
    last: Any = final.output[2]
    assert last.arguments == '{"to": "[EMAIL]"}'


@pytest.mark.parametrize("piece", [1, 7])
def test_the_callers_own_value_comes_back_wherever_the_stream_says_it(
    client: openai.OpenAI, script: Script, upstream: ScriptedUpstream, piece: int
) -> None:
    def repeat(request: Received) -> Turn:
        said = request.json()["input"]
        return Turn(said, tools=(ToolCall("mail", json.dumps({"to": said})),), piece=piece)

    script.say = repeat
    with client.responses.stream(model=MODEL, input=LEAK, tools=[TOOL]) as stream:
        events: list[Any] = list(stream)
        final = stream.get_final_response()
    assert bare(upstream.requests[0].json()["input"]) == SENT
    done = next(event.text for event in events if event.type == "response.output_text.done")
    call: Any = final.output[1]
    assert final.output_text == done == json.loads(call.arguments)["to"] == LEAK


def test_a_secret_in_an_item_is_denied(
    client: openai.OpenAI, gateway: Site, upstream: ScriptedUpstream
) -> None:
    with pytest.raises(openai.BadRequestError) as denial:
        client.responses.create(model=MODEL, input=[{"role": "user", "content": SECRET}], stream=True)
    assert (denial.value.code, denial.value.param) == ("content_policy_violation", "/input/0/content")
    assert gateway.outcome(denial.value.response.headers["x-lictor-decision-id"])["ending"] == "denied"
    assert upstream.requests == []


def test_history_that_is_not_seen_is_on_record(client: openai.OpenAI, gateway: Site) -> None:
    raw = client.responses.with_raw_response.create(
        model=MODEL, input="And then?", previous_response_id="resp_1", background=True
    )
    assert raw.headers["x-lictor-decision"] == "flag"
    assert coverage(gateway, raw.headers["x-lictor-decision-id"]) == {"history_unseen"}


def test_a_response_that_is_fetched_is_checked(
    client: openai.OpenAI, script: Script, upstream: ScriptedUpstream
) -> None:
    script.always(Turn(LEAK))
    assert client.responses.retrieve("resp_1").output_text == SAFE
    assert client.responses.cancel("resp_1").output_text == SAFE
    with client.responses.retrieve("resp_1", stream=True) as stream:
        events: list[Any] = list(stream)
    assert events[-1].response.output_text == SAFE
    assert "jane.doe" not in repr(events)
    (item,) = client.responses.input_items.list("resp_1").data
    kept: Any = item
    assert kept.content[0].text == SAFE
    client.responses.delete("resp_1")
    asked = [(request.method, request.path) for request in upstream.requests]
    assert asked == [
        ("GET", "/v1/responses/resp_1"),
        ("POST", "/v1/responses/resp_1/cancel"),
        ("GET", "/v1/responses/resp_1?stream=true"),
        ("GET", "/v1/responses/resp_1/input_items"),
        ("DELETE", "/v1/responses/resp_1"),
    ]


# --- completions, embeddings, moderations -------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
def test_a_completion(
    *, client: openai.OpenAI, script: Script, upstream: ScriptedUpstream, stream: bool
) -> None:
    script.always(Turn(LEAK, piece=3))
    answer: Any = client.completions.create(model=MODEL, prompt=[LEAK], stream=stream)
    chunks = list(answer) if stream else [answer]
    assert "".join(chunk.choices[0].text for chunk in chunks) == SAFE
    assert [bare(text) for text in upstream.requests[0].json()["prompt"]] == [SENT]


def test_embeddings(client: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    answer = client.embeddings.create(model=MODEL, input=[LEAK, "hello"], encoding_format="float")
    assert [each.embedding for each in answer.data] == [[0.5, -0.5], [0.5, -0.5]]
    assert [bare(text) for text in upstream.requests[0].json()["input"]] == [SENT, "hello"]


def test_tokens_cannot_be_checked_and_are_denied(client: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    with pytest.raises(openai.BadRequestError) as denial:
        client.embeddings.create(model=MODEL, input=[[1, 2, 3]])
    body: Any = denial.value.body
    assert body["lictor"]["rule"] == "coverage.unknown"
    assert upstream.requests == []


def test_a_moderation_without_classifiers_is_the_upstreams(
    client: openai.OpenAI, upstream: ScriptedUpstream
) -> None:
    assert not client.moderations.create(input=LEAK).results[0].flagged
    assert bare(upstream.requests[0].json()["input"]) == SENT


# --- media --------------------------------------------------------------------------------------------------


def test_an_image(client: openai.OpenAI, script: Script, upstream: ScriptedUpstream) -> None:
    script.always(Turn(LEAK))
    answer = client.images.generate(prompt=LEAK, model="gpt-image-1")
    assert answer.data is not None
    assert answer.data[0].revised_prompt == SAFE
    assert bare(upstream.requests[0].json()["prompt"]) == SENT


def test_a_streamed_image(client: openai.OpenAI) -> None:
    with client.images.generate(prompt="A cat", model="gpt-image-1", stream=True) as stream:
        assert [event.type for event in stream][-1] == "image_generation.completed"


def test_an_image_that_is_edited(client: openai.OpenAI, gateway: Site, upstream: ScriptedUpstream) -> None:
    picture = ("cat.png", b"\x89PNG\r\n\x1a\n\x00", "image/png")
    raw = client.images.with_raw_response.edit(image=[picture, picture], prompt=LEAK, model="gpt-image-1")
    sent = upstream.requests[0].body
    assert SENT in bare(sent.decode("latin-1"))
    assert LEAK.encode() not in sent
    assert sent.count(picture[1]) == 2
    assert coverage(gateway, raw.headers["x-lictor-decision-id"]) == {"image"}
    assert client.images.create_variation(image=picture).data


def test_speech(client: openai.OpenAI, upstream: ScriptedUpstream, gateway: Site) -> None:
    raw = client.audio.speech.with_raw_response.create(model="gpt-4o-mini-tts", voice="alloy", input=LEAK)
    assert raw.content == b"ID3\x04\x00"
    assert bare(upstream.requests[0].json()["input"]) == SENT
    assert unread(gateway.exchange(raw.headers["x-lictor-decision-id"])[-1]) == {"audio"}


def test_transcripts(client: openai.OpenAI, script: Script, upstream: ScriptedUpstream) -> None:
    script.always(Turn(LEAK, piece=3))
    sound = ("call.wav", b"RIFF\x00", "audio/wav")
    create: Callable[..., Any] = client.audio.transcriptions.create
    assert create(model="gpt-4o-transcribe", file=sound, prompt=LEAK).text == SAFE
    assert SENT in bare(upstream.requests[0].body.decode("latin-1"))
    assert create(model="gpt-4o-transcribe", file=sound, response_format="text") == SAFE
    events = list(create(model="gpt-4o-transcribe", file=sound, stream=True))
    assert "".join(event.delta for event in events[:-1]) == events[-1].text == SAFE
    assert client.audio.translations.create(model="gpt-4o-transcribe", file=sound).text == SAFE


# --- files and batches --------------------------------------------------------------------------------------


def row(text: str, model: str = MODEL) -> bytes:
    body = {"model": model, "messages": [{"role": "user", "content": text}]}
    return json.dumps(
        {"custom_id": "r", "method": "POST", "url": "/v1/chat/completions", "body": body}
    ).encode()


def upload(client: openai.OpenAI, data: bytes) -> Any:  # noqa: ANN401 - the client's own raw response
    return client.files.with_raw_response.create(file=("in.jsonl", io.BytesIO(data)), purpose="batch")


def test_rows_of_a_batch_are_redacted_in_place(client: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    data = row("Hello") + b"\n" + row(LEAK) + b"\n"
    assert upload(client, data).parse().id == "file-scripted"
    assert data.decode().replace(LEAK, SENT) in bare(upstream.requests[0].body.decode())


def test_a_row_with_a_secret_denies_the_batch(client: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    with pytest.raises(openai.BadRequestError) as denial:
        upload(client, row("Hello") + b"\n" + row(SECRET))
    assert denial.value.param == "/file/rows/1/body/messages/0/content"
    assert upstream.requests == []


def test_a_row_with_a_forbidden_model_denies_the_batch(client: openai.OpenAI) -> None:
    with pytest.raises(openai.PermissionDeniedError):
        upload(client, row("Hello") + b"\n" + row("Hello", "shadow-it"))


def test_a_row_that_cannot_be_read_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        upload(client, row("Hello") + b"\n{nonsense")
    assert refusal.value.code == "malformed_row"


def test_answers_of_a_batch_are_redacted(client: openai.OpenAI, script: Script) -> None:
    completion = {"object": "chat.completion", "choices": [{"message": {"content": LEAK}}]}
    line = json.dumps({"custom_id": "r", "response": {"status_code": 200, "body": completion}})
    script.always(Turn(f"{line}\n{line}\n"))
    assert client.files.content("file-1").text == f"{line}\n{line}\n".replace(LEAK, SAFE)


def test_files_and_batches_go_their_ways(client: openai.OpenAI, upstream: ScriptedUpstream) -> None:
    assert [file.id for file in client.files.list()] == ["file-scripted"]
    assert client.files.retrieve("file-1").filename == "in.jsonl"
    assert client.files.delete("file-1").deleted
    batch = client.batches.create(
        input_file_id="file-1", endpoint="/v1/chat/completions", completion_window="24h"
    )
    assert batch.status == "completed"
    assert client.batches.retrieve("batch_1").output_file_id == "file-scripted"
    assert client.batches.cancel("batch_1").id == "batch_scripted"
    assert [each.id for each in client.batches.list()] == ["batch_scripted"]
    assert {request.path for request in upstream.requests} == {
        "/v1/files",
        "/v1/files/file-1",
        "/v1/batches",
        "/v1/batches/batch_1",
        "/v1/batches/batch_1/cancel",
    }


def test_a_form_that_two_parsers_could_read_differently_is_refused(
    gateway: Site, upstream: ScriptedUpstream
) -> None:
    field = b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    heard = httpx.post(
        f"{gateway.url}/v1/files",
        content=field * 2 + b"--x--\r\n",
        headers={"content-type": "multipart/form-data; boundary=x", "authorization": f"Bearer {CALLER_KEY}"},
    )
    assert (heard.status_code, heard.json()["error"]["code"]) == (400, "duplicate_field")
    assert upstream.requests == []


def test_an_upstream_error_arrives_as_it_is(client: openai.OpenAI, script: Script) -> None:
    script.always(Reply.json({"error": {"message": "gone", "code": "not_found"}}, 404))
    with pytest.raises(openai.NotFoundError) as error:
        client.responses.retrieve("resp_1")
    assert error.value.code == "not_found"
