"""The model card, written from the figures of the run."""

# ruff: noqa: E501 - prose and tables

from collections.abc import Mapping
from typing import Any, Final

from onnx_models.training.generators.people import UNSEEN
from onnx_models.training.goals import goals, ratio
from onnx_models.training.publish import NAME

Figures = Mapping[str, Any]

_INTRO: Final = """# guard-minilm-l6

One small encoder (MiniLM-L6, 22 million weights, 8 bits) with eleven labels for a text and fourteen kinds of
spans, fine-tuned here. It reads one segment of an exchange in one pass and gives scores between 0 and 1.

## Meant for

Signals for policies in front of a language model: scores that rules combine with other facts, spans that are
redacted together with what checksummed patterns find. English. Texts of any length, in windows of 256 tokens.

## Not meant for

- Decisions about people: the scores describe a text, not its author, and must not be used to rate, employ or punish.
- The only barrier against attacks. Whoever can query it long enough will find words that it misses.
- Languages other than English: other scripts are not in the vocabulary. Some German injections were in the data, no more.
- Crisis support. `self_harm` and `violence` were learnt from few and mostly made-up sentences.
- Proof that a text holds no personal data. Rare names, lower-case names and foreign addresses are missed.

## What the labels mean

`toxicity` is what crowd workers of the sources called toxic, offensive or hateful: rude, demeaning, aggressive.
`hate` attacks people for what they are. `bias` is a sentence that states or implies a stereotype, or demeans a group, as
the sources annotate it; sources differ (sexism, stereotypes, Reddit sentences), so across sources the ranking is weak.
`injection` is text that tries to change the orders of the model that reads it, jailbreaks included, wherever it stands.
`harm_request` asks for help with something harmful. The finer toxicity labels are known for some sources only.
"""

_OUT: Final = "sources left out"
_OWN: Final = "sources left out, own sources"
_TITLES: Final = ("random tenth", "random tenth, own sources", _OUT, _OWN, "templates left out")
_ADOPTED: Final = """The sources that the main run held out were adopted in a short second run. Figures on "sources left out", and those
marked "before", were measured after the main run, with its own thresholds; all others belong to the shipped weights, and those on
an adopted source to the tenth of it that no run saw.
"""
_LIMITS: Final = """## Data and licences

`training/data.toml` lists every source with place, licence and digest. The base encoder is Apache-2.0. Sources are
under permissive or Creative Commons licences (several CC BY and CC BY-SA: attribution is given there); one small part of the
toxicity labels is by machine. Sentences from our own generators, whole templates held out, fill gaps.

## Limits

- Figures on our own templates are optimistic, and so are those on synthetic personal data: they share an author with training.
- Dialects and reclaimed words are scored too high: the sources are known for it. Read the table by group.
- Irony, quotation and context beyond one segment are invisible to it.
- Hate that hangs on an emoji, and slurs quoted to be condemned, are told apart badly; see the tables by source and by group.
- Sentences about some groups raise `toxicity` more often than about others, see the table. Do not deny on it alone.
- Names in tweets, and places in general, are often missed. Identifiers belong to the checksummed patterns.
- Where an interval is wide, the rows were few; the number behind `n` says so.
"""


def card(figures: Figures) -> str:
    """Markdown."""
    parts = [
        _INTRO,
        '## How good it is\n\nIntervals are the middle 95 % of a bootstrap over rows; `n` is their number. Recall, precision and false positives are at the thresholds of the manifest. "Own sources" leaves out the easy negatives from sources without positives.\n',
    ]
    known = {**figures, **{title: figures.get("before", figures)[title] for title in (_OUT, _OWN)}}
    parts += [_ADOPTED] if "before" in figures else []
    parts += [goals(figures), _beside(figures.get("baselines", ""))]
    parts += [_labels(title, known[title]) for title in _TITLES]
    parts += [
        _alarms(figures),
        _spans(figures),
        _disguises(figures["disguises"]),
        _groups(figures["people"], figures["identity"]),
    ]
    parts += [_parity(figures["parity"])]
    parts += [_sources(label, table) for label, table in figures["by source"].items()]
    return "\n".join((*parts, _LIMITS))


def _labels(title: str, table: Figures) -> str:
    names = ("auc", "recall", "precision", "fpr", "ece")
    lines = [
        f"### {title.capitalize()}\n",
        _line("label", "ROC-AUC", "recall", "precision", "false positives", "calibration error"),
    ]
    lines += [
        _rule(6),
        *(_line(label, *(_estimate(row[name]) for name in names)) for label, row in table.items()),
    ]
    return "\n".join((*lines, ""))


def _parity(measured: Figures) -> str:
    apart = f"largest difference of a score {measured['largest']}, mean {measured['mean']}"
    flips = f"{measured['flips']} of {measured['decisions']} decisions differ"
    title = "### The quantised file against the trained network"
    return f"{title}\n\nOn fixed sentences: {apart}; {flips}.\n\n![Reliability]({NAME}.svg)\n"


def _sources(label: str, table: Figures) -> str:
    lines = [f"### {label} by source\n", _line("source", "ROC-AUC", "recall", "false positives"), _rule(4)]
    lines += [
        _line(source, *(_estimate(row[name]) for name in ("auc", "recall", "fpr")))
        for source, row in table.items()
    ]
    return "\n".join((*lines, ""))


def _alarms(figures: Figures) -> str:
    lines = [
        "### False positives on harmless prompts\n",
        _line("prompts", "label", "false positives"),
        _rule(3),
    ]
    for title in ("ordinary prompts", "trigger words", "attack shapes"):
        lines += [_line(title, label, _estimate(row["fpr"])) for label, row in figures[title].items()]
    for title in ("ordinary prompts", "trigger words"):
        lines += [
            _line(f"{title}, before", label, _estimate(row["fpr"]))
            for label, row in figures.get("before", {title: {}})[title].items()
        ]
    return "\n".join((*lines, ""))


def _spans(figures: Figures) -> str:
    lines = ["### Spans, exact F1\n", _line("rows", "kinds", "F1"), _rule(3)]
    lines += [
        _line(source, "names and places", _estimate(each))
        for source, each in figures["names and places"].items()
    ]
    lines += [
        _line(source, "organisations", _estimate(each)) for source, each in figures["organisations"].items()
    ]
    earlier = figures.get(
        "before", {"names and places": {}, "spans of strangers": figures["spans of strangers"]}
    )
    lines += [
        _line(f"{source}, before", "names and places", _estimate(each))
        for source, each in earlier["names and places"].items()
        if source in {"wikigold", "broad_twitter_corpus_dev"}
    ]
    lines += [_line(_OUT, kind, _estimate(each)) for kind, each in earlier["spans of strangers"].items()]
    lines += [_line("synthetic templates", "structured identifiers", _estimate(figures["structured"]))]
    lines += [
        _line("synthetic templates", kind, _estimate(each))
        for kind, each in figures["spans of templates"].items()
    ]
    return "\n".join((*lines, ""))


def _disguises(figures: Figures) -> str:
    names = list(next(iter(figures.values())))
    lines = ["### Recall in disguise\n", _line("label", *names), _rule(len(names) + 1)]
    lines += [_line(label, *(_share(row[name]["value"]) for name in names)) for label, row in figures.items()]
    return "\n".join((*lines, ""))


def _beside(table: str) -> str:
    """What other detectors made of the same rows."""
    if not table:
        return ""
    command = "python -m onnx_models.training.baselines --out OUT [--before OUT1] > OUT/baselines.md"
    return f"### Beside others\n\n`{command}`, on the same rows; `sources left out`, wikigold and broad_twitter_corpus_dev as the run saw them that held them out:\n\n{table}"


def _groups(rates: Mapping[str, float], earlier: Mapping[str, float]) -> str:
    """Every group in the same sentences, then in short how it was with the first templates."""
    ordered = sorted(rates.items(), key=lambda item: -item[1])
    unseen = {name: rate for name, rate in rates.items() if name in UNSEEN}
    lines = [
        "### False positives of toxicity by group\n",
        "Harmless sentences from held-out templates, a third of them quoting or denying an insult, the same for every group.\n",
        f"- all groups: {_spread(rates)}",
        f"- groups that training never names: {_spread(unseen)}",
        f"- an older set, mostly quotation and denial, few rows a group: {_spread(earlier)}\n",
    ]
    lines += [
        _line("group", "false positives", "named in training"),
        _rule(3),
        *(_line(name, _share(rate), "no" if name in unseen else "yes") for name, rate in ordered),
    ]
    return "\n".join((*lines, ""))


def _spread(rates: Mapping[str, float]) -> str:
    ordered = sorted(rates.values())
    middle = ordered[len(ordered) // 2]
    times = f", {ratio(rates):.1f} times" if middle else ""
    return f"worst {_share(ordered[-1])}, median {_share(middle)}{times}"


def _estimate(each: Figures) -> str:
    if each["value"] != each["value"]:
        return "-"
    return f"{each['value']:.3f} ({each['low']:.3f} to {each['high']:.3f}, n={each['rows']})"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return _line(*("---" for _ in range(columns)))
