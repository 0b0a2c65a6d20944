"""The response body of generateContent; a chunk of a stream has the same shape."""

from gateway.core.exchange import Usage
from gateway.wire.body import count, items, member, total, word
from gateway.wire.dialect import ResponseView
from gateway.wire.gather import Gather
from gateway.wire.gemini_generate.cases import cased, either, singly
from gateway.wire.gemini_generate.parts import content
from gateway.wire.read import Reader, anything, control, each, fields, ignored, leaves, with_gap
from gateway.wire.sink import Sink


def tokens(sink: Sink, pointer: str, value: object) -> None:
    """The tokens that were chosen repeat the text. They are read as one text, and cannot be edited: a
    redacted answer whose tokens still spelled the secret would leak."""
    chosen = [word(member(token, "token")) for token in items(value)]
    sink.segment("metadata", pointer, "".join(chosen), fixed=True)


LOGPROBS: Reader = fields(
    cased({"chosenCandidates": tokens, "topCandidates": ignored, "logProbabilitySum": ignored})
)
# Handles that only the provider can read.
_GROUNDING: Reader = leaves("metadata", cased({"sdkBlob": ignored, "googleMapsWidgetContextToken": ignored}))

AROUND_CONTENT = cased(
    {
        "index": ignored,
        "finishReason": control,
        "finishMessage": anything,
        "tokenCount": ignored,
        "avgLogprobs": ignored,
        "safetyRatings": control,
        "citationMetadata": anything,
        "groundingMetadata": _GROUNDING,
        "groundingAttributions": anything,
        "urlContextMetadata": anything,
        "logprobsResult": LOGPROBS,
        "continuationToken": ignored,
    }
)
"""Fields of a candidate besides what it says."""

ENVELOPE = cased(
    {
        "promptFeedback": fields(
            cased({"blockReason": control, "blockReasonMessage": anything, "safetyRatings": control})
        ),
        "usageMetadata": control,
        "modelVersion": control,
        "responseId": control,
        "createTime": control,
        "modelStatus": anything,
    }
)
"""Fields around the candidates, of a whole response and of a chunk."""

_CANDIDATE: Reader = fields({**AROUND_CONTENT, "content": content})
_RESPONSE: Reader = fields({**ENVELOPE, "candidates": each(_CANDIDATE)})
_UNKNOWN: Reader = with_gap("unknown_shape", anything)


def read_response(body: object) -> ResponseView:
    """Segments and usage of a parsed response. Never raises."""
    gather = Gather("assistant")
    known = isinstance(body, dict) and (
        isinstance(body.get("candidates"), list) or bool(either(body, "promptFeedback"))
    )
    (_RESPONSE if known else _UNKNOWN)(gather, "", body)
    candidates = singly(member(body, "candidates"))
    return ResponseView(
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        usage=usage(either(body, "usageMetadata")),
        finish=finish(candidates[0] if candidates else None) or blocked(body),
        model=word(either(body, "modelVersion")),
        fixed=frozenset(gather.fixed),
    )


def read_count_response(body: object) -> ResponseView:
    """The answer of countTokens: numbers, and whatever else is read. Never raises."""
    gather = Gather("assistant")
    control(gather, "", body)
    return ResponseView(
        segments=tuple(gather.segments),
        usage=Usage(count(either(body, "totalTokens"))),
        fixed=frozenset(gather.fixed),
    )


def usage(value: object) -> Usage:
    """Token counts. What tools brought in is input as well, and thoughts are output."""
    return Usage(
        total(count(either(value, "promptTokenCount")), count(either(value, "toolUsePromptTokenCount"))),
        total(count(either(value, "candidatesTokenCount")), count(either(value, "thoughtsTokenCount"))),
    )


def finish(candidate: object) -> str:
    """Why a candidate ended; empty while it has not."""
    return word(either(candidate, "finishReason"))


def blocked(body: object) -> str:
    """Why the prompt got no answer; empty where it was not blocked."""
    return word(either(either(body, "promptFeedback"), "blockReason"))
