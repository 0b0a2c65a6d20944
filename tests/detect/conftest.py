"""The installed detectors, compiled once, and the tables of cases."""

import base64
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from gateway.core.finding import Finding
from gateway.core.segment import Segment
from gateway.detect import Runner, default_detectors

ALPHABETS = {
    "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "h": "0123456789abcdef",
    "H": "0123456789ABCDEF",
    "L": "abcdefghijklmnopqrstuvwxyz0123456789",
    "U": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "D": "0123456789",
    "T": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "V": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "B": "023456789ACDEFGHJKLMNPQRSTUVWXYZ",
}

Find = Callable[[str], tuple[Finding, ...]]


def segment(text: str) -> Segment:
    return Segment("s0", "user", "text", "/text", text)


def cases(name: str, answer: str) -> list[tuple[str, str]]:
    tables = tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))
    fill = str if name == "patterns" else filled
    return [(label, fill(text)) for label, table in tables.items() for text in table[answer]]


def filled(template: str) -> str:
    random = Random(template)

    def piece(match: re.Match[str]) -> str:
        kind, size = match[1], match[2]
        if kind == "j":
            header = json.dumps({"alg": size, "typ": "JWT"}, separators=(",", ":"))
            return base64.urlsafe_b64encode(header.encode()).decode().rstrip("=")
        return "".join(random.choices(ALPHABETS[kind], k=int(size)))

    return re.sub(r"\{(\w):(\w+)\}", piece, template).replace("{{", "{").replace("}}", "}")


def unmark(text: str) -> tuple[str, int, int]:
    start = text.index("»")
    end = text.index("«") - 1
    return text.replace("»", "").replace("«", ""), start, end


@pytest.fixture(scope="session")
def runner() -> Runner:
    return Runner(default_detectors())


@pytest.fixture(scope="session")
def find(runner: Runner) -> Find:
    return lambda text: runner.detect_inline([segment(text)], runner.names).findings
