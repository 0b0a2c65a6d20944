"""How often a real model hands a placeholder on so that its value can be put back.

``python -m tests.bench.restore`` asks the local model to repeat, rewrite, translate and tabulate texts with
personal data in several spellings of placeholders, and with the values themselves to compare with. It
prints Markdown. Every value in a prompt, those of its worked example too, stands in the same spelling, as
behind the gateway; rival spellings are looked for as generously as the gateway looks for its own.
"""

import argparse
import hashlib
import hmac
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import sqrt

import httpx

from gateway.core.segment import Segment
from gateway.detect import Runner, default_detectors
from gateway.flow.placeholders import Placeholders
from gateway.flow.tokens import token
from gateway.testing.local_model import LocalModel, local_model
from gateway.wire.splice import merged

KINDS = ("email", "phone", "card")
EXAMPLE = ("bob@example.net", "+1 212 555 0199", "4000 0566 5566 5556")
PEOPLE = (
    ("jane.doe@example.com", "+49 30 901820", "4111 1111 1111 1111"),
    ("k.osei@mail.example.org", "+44 20 7946 0958", "5500 0055 5555 5559"),
    ("anna_b77@firma.example", "+1 415 555 0132", "3782 822463 10005"),
    ("p.marchetti@studio.example.it", "+39 06 6982 0001", "6011 0009 9013 9424"),
    ("li.wei88@corp.example.cn", "+86 10 6552 9988", "4012 8888 8888 1881"),
    ("tomas-novak@posta.example.cz", "+420 224 212 111", "5105 1051 0510 5100"),
)
TASKS = {
    "repeat": "Text: Write to {E} or call {P} about card {C}.\n"
    "The same text: Write to {E} or call {P} about card {C}."
    "\n\nText: Please pay with card {c}, mail {e}, or call {p} today.\nThe same text:",
    "json": "Sentence: The parcel for the man goes to {E}, phone {P}.\n"
    'JSON: {{"email": "{E}", "phone": "{P}"}}'
    "\n\nSentence: The parcel for the client goes to {e}, phone {p}.\nJSON:",
    "markdown": "Plain: call {P} now\nMarkdown: call **{P}** now\n\n"
    "Plain: mail {e} or call {p} now\nMarkdown:",
    "question": "Note: Bob can be reached at {E}.\nQuestion: What is the address of Bob?\nAnswer: It is {E}."
    "\n\nNote: The client can be reached at {e}.\nQuestion: What is the address of the client?\nAnswer:",
    "table": "Name, mail, phone: Bob, {E}, {P}\nTable: | Bob | {E} | {P} |"
    "\n\nName, mail, phone: Client, {e}, {p}\nTable:",
    "translation": "English: Please write to {E}.\nDeutsch: Bitte schreiben Sie an {E}."
    "\n\nEnglish: Please write to {e} and call {p}.\nDeutsch:",
    "reply": "Mail from {E}: please call me at {P}.\nReply: Dear {E}, we will call you at {P} tomorrow."
    "\n\nMail from {e}: please call me at {p}.\nReply:",
    "capitals": "lower: call {P} and write to {E}\nUPPER: CALL {P} AND WRITE TO {E}"
    "\n\nlower: write to {e} or call {p}\nUPPER:",
}
"""Capitals stand for the example's values, small letters for those that the answer needs."""

KEEP = "Words such as {E} stand for something and are copied letter by letter.\n\n"
"""The sentence that ``--instruct`` puts first."""


class Session:
    """One prompt and its answer, with the values themselves."""

    def spell(self, _kind: str, value: str) -> str:
        """What stands for a value."""
        return value

    def restored(self, answer: str) -> str:
        """The answer with the values in it."""
        return answer


class Shipped(Session):
    """As the gateway does it."""

    def __init__(self) -> None:
        self._placeholders = Placeholders(_seal, "bench")

    def spell(self, kind: str, value: str) -> str:
        """What stands for a value."""
        return self._placeholders.mint(kind, value)

    def restored(self, answer: str) -> str:
        """The answer with the values in it."""
        for edit in reversed(merged(self._placeholders.edits("", answer))):
            answer = answer[: edit.start] + edit.text + answer[edit.end :]
        return answer


@dataclass
class Rival(Session):
    """Another spelling, of ``{kind}``, ``{number}``, ``{hex}``, ``{consonants}`` or ``{quintets}``."""

    spelling: str
    _codes: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def spell(self, kind: str, value: str) -> str:
        """What stands for a value."""
        known = {there: code for code, there in self._codes.items()}
        if value not in known:
            digest = _seal("rival", (kind, value))
            parts = {"kind": kind.upper(), "number": next(self._numbers), "hex": digest.hex()[:12]}
            quintets = str(token(kind, digest)).strip("[]").partition("-")[2]
            consonants = "".join("BCDFGHJKLMNPQRSTVWXZ"[byte % 20] for byte in digest[:11])
            known[value] = self.spelling.format(**parts, quintets=quintets, consonants=consonants)
            self._codes[known[value]] = value
        return known[value]

    def restored(self, answer: str) -> str:
        """The answer with the values in it; a code is known without its kind and marks, a number is not."""
        for spelled, value in self._codes.items():
            code = spelled if "{number}" in self.spelling else re.sub(r"^\W*[A-Z]+[-_: ]|\W*$", "", spelled)
            loose = r"[^0-9A-Za-z]{0,4}".join(re.findall(r"[0-9A-Za-z]", code))
            exact = re.escape(spelled)
            pattern = exact if "{number}" in self.spelling else loose
            answer = re.sub(pattern, lambda _, value=value: value, answer, flags=re.IGNORECASE)  # type: ignore[misc]
        return answer


FORMS: dict[str, Callable[[], Session]] = {
    "the values themselves": Session,
    "[EMAIL-lusab-babad-gutih] (shipped)": Shipped,
    "EMAIL-lusab-babad-gutih": lambda: Rival("{kind}-{quintets}"),
    "EMAIL-KQZTRBWMXDF": lambda: Rival("{kind}-{consonants}"),
    "EMAIL-7f3a9c2b41d0": lambda: Rival("{kind}-{hex}"),
    "[EMAIL:7f3a9c2b41d0]": lambda: Rival("[{kind}:{hex}]"),
    "<EMAIL_1>, not keyed": lambda: Rival("<{kind}_{number}>"),
}


def _seal(purpose: str, parts: Sequence[str]) -> bytes:
    return hmac.digest(b"bench", "\0".join((purpose, *parts)).encode(), hashlib.sha256)


def asked(model: LocalModel, client: httpx.Client, prompt: str) -> tuple[str, int]:
    """What the model goes on with, up to the end of the line, and the tokens of the prompt."""
    body = {"prompt": prompt, "max_tokens": 72, "temperature": 0, "stop": ["\n"]}
    answer = client.post(f"{model.url}/v1/completions", json=body).raise_for_status().json()
    return answer["choices"][0]["text"], answer["usage"]["prompt_tokens"]


def measured(
    model: LocalModel, client: httpx.Client, make: Callable[[], Session], people: int, *, instruct: bool
) -> tuple[Counter[str], Counter[str], int]:
    """Values by task, those of them that came back, and the tokens of all prompts."""
    wanted, back, size = Counter[str](), Counter[str](), 0
    for task, template in TASKS.items():
        for person in PEOPLE[:people]:
            session = make()
            spelled = {
                kind[0].upper(): session.spell(kind, value)
                for kind, value in zip(KINDS, EXAMPLE, strict=True)
            }
            spelled |= {
                kind[0]: session.spell(kind, value) for kind, value in zip(KINDS, person, strict=True)
            }
            answer, tokens = asked(model, client, ((KEEP if instruct else "") + template).format(**spelled))
            restored, size = _bare(session.restored(answer)), size + tokens
            for kind, value in zip(KINDS, person, strict=True):
                if f"{{{kind[0]}}}" in template:
                    wanted[task] += 1
                    back[task] += _bare(value) in restored
    return wanted, back, size


def alarms(make: Callable[[], Session], values: int) -> str:
    """What the gateway's recognisers take placeholders for, each in three sentences."""
    runner = Runner(default_detectors())
    found: Counter[str] = Counter()
    session = make()
    for number in range(values):
        spelled = session.spell(KINDS[number % 3], f"value {number}")
        text = f"Write to {spelled} today. Passport number {spelled}. My account: {spelled}, please."
        said = runner.detect_inline((Segment("s0", "assistant", "text", "", text),), runner.names).findings
        found.update(finding.label for finding in said if finding.score >= 0.5)
    return ", ".join(f"{label} {number}" for label, number in found.most_common(3)) or "nothing"


def _bare(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text.lower())


def _interval(hits: int, of: int) -> str:
    """Wilson's 95 % interval, in per cent."""
    share, z = hits / of, 1.96
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return f"{100 * (middle - half):.0f} to {100 * (middle + half):.0f}"


def main() -> None:
    """Measure, and print each row as it is ready."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.restore", description=__doc__)
    parser.add_argument(
        "--people", type=int, default=len(PEOPLE), help="how many sets of values; 0: ask no model"
    )
    parser.add_argument("--forms", default="", help="only the spellings whose name contains this")
    parser.add_argument("--instruct", action="store_true", help="ask the model to copy placeholders")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    forms = {name: make for name, make in FORMS.items() if options.forms in name}
    _row("spelling", "taken for, in 900 places")
    _row("---", "---")
    for name, make in forms.items():
        _row(f"`{name}`", alarms(make, 300))
    if options.people:
        print()  # noqa: T201 - a report
        _rates(forms, options)


def _rates(forms: Mapping[str, Callable[[], Session]], options: argparse.Namespace) -> None:
    _row("spelling", "came back", "%", "95 %", *TASKS, "prompt tokens")
    _row("---", *["---:"] * (len(TASKS) + 4))
    with local_model(threads=options.threads) as model, httpx.Client(timeout=600) as client:
        for name, make in forms.items():
            wanted, back, size = measured(model, client, make, options.people, instruct=options.instruct)
            hits, of = back.total(), wanted.total()
            tasks = [f"{back[task]}/{wanted[task]}" for task in TASKS]
            rate = f"{100 * hits / of:.0f}"
            _row(f"`{name}`", f"{hits}/{of}", rate, _interval(hits, of), *tasks, str(size))


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)  # noqa: T201 - a report


if __name__ == "__main__":
    main()
