"""Every input that fuzzing kept is tried again, and every stream is fuzzed."""

from pathlib import Path

import pytest

from tests.fuzz.readers import spoken
from tests.fuzz.targets import TARGETS
from tests.fuzz.windows import ASKED

CORPUS = Path(__file__).with_name("corpus")
INPUTS = sorted(path for path in CORPUS.rglob("*") if path.is_file())


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_breaks_a_property(target: str) -> None:
    inputs = [path for path in INPUTS if path.parent.name == target]
    assert inputs
    for path in inputs:
        try:
            TARGETS[target](path.read_bytes())
        except BaseException as broken:
            broken.add_note(f"the input is {path}")
            raise


def test_every_folder_belongs_to_a_target() -> None:
    assert {path.parent for path in INPUTS} == {CORPUS / name for name in TARGETS}


def test_window_mode_is_fuzzed_on_every_stream_whose_call_is_json() -> None:
    assert {kind.dialect.name for kind in spoken().values()} - set(ASKED) == {"openai_transcriptions"}
