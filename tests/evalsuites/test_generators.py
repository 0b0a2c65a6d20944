import pytest

from evalsuites.generators import names, rendered, target
from evalsuites.generators.__main__ import main


@pytest.mark.parametrize("name", names())
def test_cases_are_what_their_generator_writes(name: str) -> None:
    assert rendered(name) == target(name).read_text("utf-8")
    assert rendered(name) == rendered(name)


def test_every_shipped_suite_has_a_generator() -> None:
    assert names() == sorted(path.name for path in target("x").parents[1].iterdir())


def test_a_name_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing"]) == 2
    assert "there is no generator `nothing`" in capsys.readouterr().err
