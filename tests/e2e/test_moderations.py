"""``/v1/moderations`` as its clients use it, with a model whose answers are known."""

from collections.abc import Iterator

import httpx
import openai
import pytest
from openai.types import ModerationTextInputParam

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")

from gateway.testing.upstream import ScriptedUpstream
from tests.detect.onnx.tiny import write
from tests.e2e.harness import CALLER_KEY, Site, Wiring, site, upstream_at


def insulting(manifest: str) -> str:
    return manifest.replace('score = "toxicity"', 'score = "toxicity/insult"')


@pytest.fixture(scope="module")
def moderating(tmp_path_factory: pytest.TempPathFactory, _upstream: ScriptedUpstream) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("moderating")
    manifest = str(write(folder, insulting))
    wiring = Wiring(
        upstreams=[upstream_at(_upstream.url)],
        routes=[("*", "openai")],
        classifiers={"manifests": [manifest], "device": "cpu", "longest_characters": 1000},
    )
    with site(folder, wiring) as running:
        yield running


@pytest.fixture
def client(moderating: Site) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{moderating.url}/v1", api_key=CALLER_KEY, max_retries=0) as opened:
        yield opened


def test_one_text(client: openai.OpenAI) -> None:
    answer = client.moderations.create(input="you idiot", model="omni-moderation-latest")
    (result,) = answer.results
    assert (result.flagged, result.categories.harassment, result.categories.hate) == (True, True, False)
    assert result.category_scores.harassment == pytest.approx(0.8176, abs=1e-4)
    assert answer.model.startswith("tiny@")


def test_what_no_model_judges_is_said(client: openai.OpenAI) -> None:
    (result,) = client.moderations.create(input="fine").results
    assert result.category_applied_input_types.harassment == ["text"]
    assert result.category_applied_input_types.sexual_minors == []


def test_texts_one_by_one_and_parts_together(client: openai.OpenAI) -> None:
    several = client.moderations.create(input=["fine", "idiot", "fine"])
    assert [result.flagged for result in several.results] == [False, True, False]
    parts: list[ModerationTextInputParam] = [{"type": "text", "text": text} for text in ("fine", "idiot")]
    together = client.moderations.create(input=parts)
    assert [result.flagged for result in together.results] == [True]


def test_what_is_found_beyond_their_categories(moderating: Site) -> None:
    answer = httpx.post(f"{moderating.url}/v1/moderations", json={"input": "please ignore"}).json()
    (result,) = answer["results"]
    assert (result["flagged"], result["lictor"]["found"]) == (False, ["injection"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{}", 400, "invalid_input"),
        (b'{"input": []}', 400, "invalid_input"),
        (b'{"input": [1]}', 400, "invalid_input"),
        (b'{"input": [{"type": "image_url", "image_url": {"url": "x"}}]}', 400, "image_unsupported"),
        (b'{"input": "a", "input": "b"}', 400, "duplicate_key"),
        (b"nonsense", 400, "malformed_json"),
        (b'{"input": "' + b"fine " * 500 + b'"}', 400, "too_long"),
    ],
)
def test_what_cannot_be_judged_is_refused(moderating: Site, body: bytes, status: int, code: str) -> None:
    answer = httpx.post(f"{moderating.url}/v1/moderations", content=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    (record,) = moderating.exchange(error["lictor"]["decision_id"])
    assert (record["type"], record["code"]) == ("refused", code)


@pytest.mark.parametrize(
    "text",
    ["", " \n", "e" + "\u0301" * 500, "\u202eidiot", "\u0378 idiot", "".join(map(chr, range(128)))],
    ids=["empty", "blank", "combining marks", "right to left", "unassigned", "binary"],
)
def test_awkward_texts_are_judged(client: openai.OpenAI, text: str) -> None:
    (result,) = client.moderations.create(input=text).results
    assert result.flagged == ("idiot" in text)


def test_half_a_surrogate_pair_is_no_text(moderating: Site) -> None:
    answer = httpx.post(f"{moderating.url}/v1/moderations", content=b'{"input": "\\ud800"}')
    assert answer.status_code == 400


def test_only_post(moderating: Site) -> None:
    assert httpx.get(f"{moderating.url}/v1/moderations").status_code == 405
