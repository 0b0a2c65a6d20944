"""Validators of Guardrails' own packages at work, and the classifiers as one of them."""

# ruff: noqa: ANN401 - Guardrails comes untyped

import asyncio
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import ConfigError
from gateway.core.segment import Segment
from gateway.detect import Runner
from gateway.detect.guardrails.detector import Spec, load
from gateway.server.settings import ValidatorSettings
from gateway.server.validators import validators

pytestmark = [
    pytest.mark.skipif(not importlib.util.find_spec("guardrails"), reason="guardrails-ai is not installed"),
    pytest.mark.filterwarnings("default"),
]

CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("regex_match:RegexMatch", {"regex": r"\d+"}, "123", "letters"),
    ("ban_list:BanList", {"banned_words": ["falcon"]}, "all is well", "the falcon flies"),
    ("secrets_present:SecretsPresent", {}, "all is well", 'aws_secret = "AKIA' + "QYLPMN5HHHFPZAM2" + '"'),
    ("web_sanitization:WebSanitization", {}, "all is well", "<script>alert(1)</script>"),
    ("valid_json:ValidJson", {}, '{"a": 1}', '{"a": '),
    ("profanity_free:ProfanityFree", {}, "all is well", "you fucking idiot"),
    ("valid_length:ValidLength", {"min": 1, "max": 20}, "short", "much too long for such a narrow limit"),
    ("contains_string:ContainsString", {"substring": "well"}, "all is well", "nothing of the kind"),
]


@pytest.mark.parametrize(
    ("validator", "arguments", "good", "bad"), CASES, ids=[case[0].partition(":")[2] for case in CASES]
)
def test_a_package_as_a_detector(validator: str, arguments: dict[str, Any], good: str, bad: str) -> None:
    module = f"guardrails_ai.{validator.partition(':')[0]}"
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    spec = Spec("check", f"guardrails_ai.{validator}", "custom", "found", arguments, deadline_s=60.0)
    detector = load(spec)
    assert vars(detector._make())["_disable_telemetry"] is True
    clean, found = asyncio.run(detector.detect_batch([good, bad]))
    assert (clean.hits, clean.incomplete) == ((), "")
    assert found.incomplete == ""
    assert {hit.category for hit in found.hits} == {"custom"}
    if "falcon" in bad:
        assert [bad[hit.start : hit.end] for hit in found.hits] == ["falcon"]


def test_the_settings_name_them() -> None:
    pytest.importorskip("guardrails_ai.ban_list")
    entry = ValidatorSettings(
        id="names", validator="guardrails_ai.ban_list:BanList", category="custom", label="code_name",
        arguments={"banned_words": ["falcon"]}, deadline_s=60.0,
    )  # fmt: skip
    (detector,) = validators([entry])
    detection = asyncio.run(
        Runner([detector]).detect([Segment("s0", "user", "text", "/text", "a falcon")], ["names"], 60)
    )
    assert [(f.category, f.label, f.start, f.end) for f in detection.findings] == [
        ("custom", "code_name", 2, 8)
    ]
    with pytest.raises(ConfigError, match=r"validators\.names: .*TypeError"):
        validators([entry.model_copy(update={"arguments": {"unheard_of": 1}})])


def quiet(guard: Any) -> Any:
    """Guardrails tells its makers of every use of a guard unless it is told not to."""
    guard.configure(allow_metrics_collection=False)
    return guard


def test_the_classifiers_as_a_validator(tmp_path: Path) -> None:
    from guardrails import Guard

    from gateway.detect.guardrails.validator import LictorClassifiers
    from gateway.detect.onnx.assemble import Options, assemble
    from tests.detect.onnx.tiny import write

    installed = assemble(Options(manifests=(str(write(tmp_path)),), device="cpu"), {})
    assert installed.detector is not None
    check = LictorClassifiers(["toxicity", "PERSON"], on_fail="fix", detector=installed.detector)
    guard = quiet(Guard()).use(check)
    assert guard.validate("fine").validation_passed
    assert guard.validate("fine Ada Lovelace in Paris").validated_output == "fine <PERSON> in Paris"
    assert guard.validate("you idiot").validated_output == ""
    refusing = LictorClassifiers(["toxicity"], on_fail="exception", detector=installed.detector)
    strict = quiet(Guard()).use(refusing)
    with pytest.raises(Exception, match="The text has toxicity"):
        strict.validate("you idiot")
    installed.close()
