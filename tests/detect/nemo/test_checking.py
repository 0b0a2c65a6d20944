"""Colang, looked through before it runs."""

import importlib.util
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.detect.nemo.checking import checked
from gateway.detect.nemo.declaration import read_folder
from gateway.detect.nemo.library import library
from tests.detect.nemo.folders import CONFIG, RAILS, folder

pytestmark = [
    pytest.mark.skipif(
        not importlib.util.find_spec("nemoguardrails"), reason="nemoguardrails is not installed"
    ),
    pytest.mark.filterwarnings("default"),
]


@pytest.mark.parametrize(
    ("rails", "complaint"),
    [
        ("define subflow x\n  ??? !", r"z.co:2: no valid Colang"),
        ("define flow\n", r"z.co:1: no valid Colang"),
        ("define subflow x\n  if len($a) >\n    stop", r"z.co:2: no valid expression: len\(\$a\) >"),
        ("define subflow x\n  $a = (1", r"z.co:2: no valid expression"),
        (
            "define subflow x\n  execute call_activefence_api",
            r"z.co:2: `call_activefence_api` does not run here",
        ),
        ("define subflow x\n  $a = execute my_own", r"z.co:2: `my_own` does not run here"),
        ("define subflow x\n  do nobody", r"z.co:2: there is no flow `nobody`"),
        ("define subflow long\n  stop", r"z.co:1: `long` is defined twice"),
        ("define subflow run input rails\n  stop", r"z.co:1: `run input rails` is a name of NeMo's"),
        ("define subflow lictor input rails\n  stop", r"z.co:1: `lictor input rails` is a name"),
        ("define subflow regex check input\n  stop", r"z.co:1: `regex check input` is a name of NeMo's"),
        ('define user greets\n  "hi"', r"z.co:1: examples of what users say need an embedding model"),
        ("import os", r"z.co:1: nothing is defined here"),
    ],
)
def test_what_does_not_run_here_is_said_with_its_line(tmp_path: Path, rails: str, complaint: str) -> None:
    path = folder(tmp_path, config=CONFIG, rails=RAILS)
    (path / "z.co").write_text(rails)
    library()
    with pytest.raises(ConfigError, match=complaint):
        checked(read_folder(path))


@pytest.mark.parametrize(
    "name", ["nobody", "jailbreak detection model", "regex check output", "self check facts"]
)
def test_rails_must_be_known(tmp_path: Path, name: str) -> None:
    config = f"rails:\n  input:\n    flows:\n      - long\n      - {name}\n"
    library()
    with pytest.raises(ConfigError, match=rf"config.yml:5: rails.input.flows: `{name}` is neither defined"):
        checked(read_folder(folder(tmp_path, config=config, rails=RAILS)))


def test_rails_may_call_rails(tmp_path: Path) -> None:
    path = folder(tmp_path, config=CONFIG, rails=RAILS)
    (path / "z.co").write_text("define subflow both\n  do long\n  do regex check input\n")
    library()
    assert "define subflow both" in checked(read_folder(path))
