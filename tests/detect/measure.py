"""Recall, precision, false alarms and speed. ``python -m tests.detect.measure DATA_DIR``

DATA_DIR holds ``pii_synthetic.jsonl.gz`` (``text``, ``spans`` with ``start``, ``end``, ``label``,
``orig_label``) and ``benign.jsonl.gz`` (``text``).
"""

# ruff: noqa: T201 - a script reports on standard output

import gzip
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gateway.core.finding import Finding
from gateway.core.segment import Segment
from gateway.detect import Runner, default_detectors

ACTS_FROM = 0.5

CLAIMED = {
    "EMAIL": {"email"},
    "PHONE": {"phone"},
    "CREDIT_CARD": {"card"},
    "IBAN": {"iban"},
    "US_SSN": {"us_ssn", "us_itin"},
    "IP_ADDRESS": {"ip_address"},
    "MAC_ADDRESS": {"mac_address"},
    "CRYPTO_ADDRESS": {"crypto_wallet"},
}
PROSE = "The quick brown fox jumps over the lazy dog and then it goes home to sleep for a while. "


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def findings(runner: Runner, text: str) -> tuple[Finding, ...]:
    return runner.detect_inline((Segment("s0", "user", "text", "", text),), runner.names).findings


def truth_labels(label: str, found: Finding) -> bool:
    if label == "SECRET":
        return found.category == "secret"
    if label == "ID_NUMBER":
        return found.category == "pii"
    return found.label in CLAIMED[label]


def overlaps(span: dict[str, Any], found: Finding) -> bool:
    return bool(found.start < span["end"] and span["start"] < found.end)


def recall(runner: Runner, path: Path, threshold: float) -> None:
    total, hit, missed = Counter[str](), Counter[str](), defaultdict[str, list[str]](list)
    claims, right, wrong = Counter[str](), Counter[str](), defaultdict[str, list[str]](list)
    for row in rows(path):
        text, spans = row["text"], row["spans"]
        found = [f for f in findings(runner, text) if f.score >= threshold]
        for span in spans:
            if (label := span["label"]) not in CLAIMED and label not in {"SECRET", "ID_NUMBER"}:
                continue
            total[label] += 1
            if any(overlaps(span, f) and truth_labels(label, f) for f in found):
                hit[label] += 1
            else:
                missed[label].append(
                    f"{span['orig_label']}: {text[max(0, span['start'] - 30) : span['end']]}"
                )
        for f in found:
            if f.label == "card_security_code":
                continue  # right, but the data do not label it
            claims[f.label] += 1
            if any(overlaps(span, f) and span["label"] not in {"PERSON", "ORGANIZATION"} for span in spans):
                right[f.label] += 1
            else:
                wrong[f.label].append(text[max(0, f.start - 30) : f.end])
    print(f"-- at score >= {threshold}")
    for label, n in total.most_common():
        print(f"recall    {label:16} {hit[label] / n:6.3f} of {n:5}   e.g. {missed[label][::97][:3]}")
    for label, n in claims.most_common():
        print(f"precision {label:20} {right[label] / n:6.3f} of {n:5}   e.g. {wrong[label][::37][:3]}")
    print(f"precision overall {sum(right.values()) / max(1, claims.total()):.4f} of {claims.total()}")


def false_alarms(runner: Runner, path: Path) -> None:
    texts = 0
    labels, alarmed, examples = Counter[str](), 0, defaultdict[str, list[str]](list)
    for row in rows(path):
        texts += 1
        found = [f for f in findings(runner, row["text"]) if f.score >= ACTS_FROM]
        alarmed += bool(found)
        for f in found:
            labels[f.label] += 1
            examples[f.label].append(row["text"][max(0, f.start - 30) : f.end + 10])
    print(f"benign: {alarmed} of {texts} texts with a finding: {1000 * alarmed / texts:.2f} per 1000")
    for label, n in labels.most_common():
        print(f"  {label:20} {n:4}  {examples[label][:4]}")


def micros(action: Callable[[], object], repeat: int = 300) -> float:
    best = float("inf")
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(repeat):
            action()
        best = min(best, (time.perf_counter() - start) / repeat)
    return best * 1e6


def speed(runner: Runner, benign: Path) -> None:
    names = runner.names
    real = " ".join(row["text"] for row in rows(benign))[:16384]
    texts = {
        "200 B prose": PROSE * 2 + PROSE[:24],
        "200 B with a card and an address": "Card 4111 1111 1111 1111, bob@example.com. "
        + PROSE
        + PROSE[:69],
        "16 KB prose": (PROSE * 200)[:16384],
        "16 KB benign prompts": real,
        "16 KB digits": "1234567890" * 1638,
        "16 KB a@": "a@" * 8192,
        "16 KB hex": "deadbeef01" * 1638,
        "16 KB cards that fail": "4111111111111112 " * 963,
    }
    for name, text in texts.items():
        segments = (Segment("s0", "user", "text", "", text),)
        repeat = 300 if len(text) < 1000 else 10
        print(f"{name:34} {micros(lambda s=segments: runner.detect_inline(s, names), repeat):10.1f} µs")  # type: ignore[misc]


def main() -> None:
    data = Path(sys.argv[1])
    start = time.perf_counter()
    runner = Runner(default_detectors())
    print(f"compiled in {time.perf_counter() - start:.2f} s")
    speed(runner, data / "benign.jsonl.gz")
    false_alarms(runner, data / "benign.jsonl.gz")
    for threshold in (0.0, ACTS_FROM):
        recall(runner, data / "pii_synthetic.jsonl.gz", threshold)


if __name__ == "__main__":
    main()
