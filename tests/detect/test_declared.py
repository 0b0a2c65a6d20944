"""Files that declare: what is refused, and where the complaint points."""

from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.detect.declared import Declaration, document, read


class Inner(Declaration):
    on: tuple[str, ...] = ()


class Outer(Declaration):
    name: str
    inner: tuple[Inner, ...] = ()


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    return path


def test_words_that_look_like_switches_are_words(tmp_path: Path) -> None:
    assert read(written(tmp_path, "name: no\ninner: [{on: [off]}]"), Outer) == Outer(
        name="no", inner=(Inner(on=("off",)),)
    )
    assert document(written(tmp_path, "{a: true, b: False, c: yes}"))[0] == {
        "a": True,
        "b": False,
        "c": "yes",
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "a.yaml:1: the file is empty"),
        ("name: [", r"a.yaml:\d: no valid YAML"),
        ("name: a\nname: b", "a.yaml:2: name: stands twice"),
        ("name: a\ninner:\n  - on: []\n    off: 1", "a.yaml:4: inner.0.off: there is no such key"),
        ("name: a\ninner:\n  - on: []\n  - on: 7", r"a.yaml:4: inner.1.on: "),
        ("inner: []", "a.yaml:1: name: Field required"),
        ("[]", "a.yaml:1: the file: "),
        ("name: !!python/object/apply:os.system [id]", "a.yaml:1: no valid YAML"),
    ],
)
def test_a_complaint_names_file_line_and_key(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        read(written(tmp_path, text), Outer)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "none.yaml", Outer)
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "b.yaml", Outer)
