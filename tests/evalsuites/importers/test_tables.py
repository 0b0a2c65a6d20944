"""Tables that users have: mapped, counted, and with every flaw named where it is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from huggingface_hub import scan_cache_dir
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from evalsuites.cli import evals
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.suite import Suite, load_suite
from evalsuites.importers.build import build
from evalsuites.importers.fields import fields_of
from evalsuites.importers.registry import FORMATS
from evalsuites.importers.source import Source

FIXTURES = Path(__file__).parent / "fixtures"
ASK = ("--map", "user=question", "--map", "expect.text=answer")


def imported(source: Path | str, kind: str, folder: Path, *more: str) -> Result:
    command = ["import", str(source), "--format", kind, "--suite", "mine", "--licence", "CC0-1.0"]
    return CliRunner().invoke(evals, [*command, "--output", str(folder / "mine"), *more])


def good(source: Path | str, kind: str, folder: Path, *more: str) -> Suite:
    done = imported(source, kind, folder, *more)
    assert done.exit_code == 0, done.output
    return load_suite(folder / "mine")


def jsonl(folder: Path, *rows: object) -> Path:
    path = folder / "set.jsonl"
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in rows))
    return path


def test_columns_become_cases_and_the_card_says_how(tmp_path: Path) -> None:
    source = jsonl(
        tmp_path,
        {"n": 7, "q": "Two and two?", "a": {"best": ["4", "four"]}, "lang": "en", "weight": 3},
        {"n": 8, "q": "Zwei und zwei?\u2028", "a": {"best": ["4"]}, "lang": "de", "weight": 1},
    )
    suite = good(
        source, "jsonl", tmp_path, "--map", "id=n", "--map", "user=q", "--map", "expect.text=a.best",
        "--map", "strata.language=lang", "--request", "model=gpt-4.1", "--request", "max_tokens=5",
    )  # fmt: skip
    assert [case.id for case in suite.cases] == ["7", "8"]
    assert suite.cases[0].expect == {"text": ["4", "four"]}
    assert suite.cases[1].input == {"messages": [{"role": "user", "content": "Zwei und zwei?\u2028"}]}
    assert suite.request == {"model": "gpt-4.1", "max_tokens": 5}
    assert [use.use for use in suite.metrics] == ["exact"]
    assert suite.card["licence"] == "CC0-1.0"
    assert suite.card["strata"] == {"language": "`lang` of the source"}
    kept = suite.card["imported"]
    assert (kept["rows"], kept["cases"], kept["answers"], kept["dropped"]) == (2, 2, 0, {})
    assert kept["fields"] == {"id": "n", "user": "q", "expect.text": "a.best", "strata.language": "lang"}
    assert kept["digest"].startswith("sha256:")


FLAWED = (
    {"question": "1?", "answer": "1"},
    "{oh",
    {"question": "", "answer": "2"},
    {"answer": "3"},
    "[1]",
    '{"question": "a", "question": "b"}',
    {"question": "7?", "answer": float("nan")},
    {"question": "\ud800", "answer": "8"},
    "[" * 100_000,
    {"question": "9?", "answer": "9"},
)


def test_every_flaw_is_named_by_line_and_nothing_is_written(tmp_path: Path) -> None:
    done = imported(jsonl(tmp_path, *FLAWED), "jsonl", tmp_path, *ASK)
    assert done.exit_code == 2
    said = {
        2: "this is no JSON", 3: "`user` must be a text", 4: "it asks nothing", 5: "must be an object",
        6: "`question` stands twice", 7: "what JSON cannot say", 8: "what JSON cannot say",
        9: "nested too deeply",
    }  # fmt: skip
    for line, why in said.items():
        (told,) = [one for one in done.output.splitlines() if one.startswith(f"set.jsonl:{line}: ")]
        assert why in told
    assert "8 of 10 rows cannot be used" in done.output
    assert not (tmp_path / "mine").exists()


def test_what_is_dropped_is_on_the_card(tmp_path: Path) -> None:
    suite = good(jsonl(tmp_path, *FLAWED), "jsonl", tmp_path, *ASK, "--drop")
    assert [case.id for case in suite.cases] == ["row-1", "row-10"]
    assert list(suite.card["imported"]["dropped"]) == [f"set.jsonl:{n}" for n in range(2, 10)]


def test_an_id_that_comes_twice_is_named_with_both_places(tmp_path: Path) -> None:
    source = jsonl(tmp_path, *({"id": name, "question": "?", "answer": "!"} for name in "aba"))
    done = imported(source, "jsonl", tmp_path, *ASK, "--map", "id=id")
    assert done.exit_code == 2
    assert "set.jsonl:3: the case `a` was there before, in set.jsonl:1" in done.output


def test_answers_and_scores_of_a_table_are_kept_beside_the_cases(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text('q,try,said,good\n"Who?\nMe?",1,you,pass\n"Who?\nMe?",2,,\n"Why?",1,so,0\n')
    fields = {"id": "q", "user": "q", "epoch": "try", "answer": "said", "score.human": "good"}
    more = [word for name, column in fields.items() for word in ("--map", f"{name}={column}")]
    done = imported(path, "csv", tmp_path, *more)
    assert "log.csv:2: `id` must be a text in one line" in done.output
    assert "log.csv:4: `id` must be a text in one line" in done.output
    path.write_text(path.read_text().replace("\nMe?", ""))
    suite = good(path, "csv", tmp_path, *more)
    assert (len(suite.cases), suite.epochs) == (2, 2)
    answers = [json.loads(line) for line in (suite.root / "answers.jsonl").read_text().splitlines()]
    assert answers == [
        {"case": "Who?", "epoch": 1, "answer": "you", "scores": {"human": 1.0}},
        {"case": "Who?", "epoch": 2, "error": "the source has no answer"},
        {"case": "Why?", "epoch": 1, "answer": "so", "scores": {"human": 0.0}},
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "say which column is `user`, `messages` or `prompt`: answer, question"),
        (("--map", "user=questions"), "no row has `questions`; there are answer, question"),
        (("--map", "usr=question"), "this must be field=column"),
        (("--map", "user=question"), "nothing says how answers are measured"),
        (("--map", "user=question", "--metric", "exact", "--map", "id:json=question"), "this is no JSON"),
    ],
)
def test_what_cannot_be_mapped_is_usage(tmp_path: Path, more: tuple[str, ...], said: str) -> None:
    done = imported(jsonl(tmp_path, {"question": "?", "answer": "!"}), "jsonl", tmp_path, *more)
    assert done.exit_code == 2
    assert said in done.output


def test_only_a_suite_is_written_over(tmp_path: Path) -> None:
    source = jsonl(tmp_path, {"question": "?", "answer": "!"})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    for more in ((), ("--replace",)):
        assert imported(source, "jsonl", tmp_path, *ASK, *more).exit_code == 2
    (tmp_path / "mine" / "thesis.txt").unlink()
    good(source, "jsonl", tmp_path, *ASK)
    assert imported(source, "jsonl", tmp_path, *ASK).exit_code == 2
    good(source, "jsonl", tmp_path, *ASK, "--replace")


# -- the Hugging Face hub's cache ----------------------------------------------------------------

COMMIT = "8f3b2a1c9d0e4f5a6b7c8d9e0f1a2b3c4d5e6f70"
TABLE = pa.table({"question": ["1?", "2?"], "answer": ["one", "two"]})


def stream(table: Any, path: Path) -> None:  # noqa: ANN401 - pyarrow has no types
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


def feather(table: Any, path: Path) -> None:  # noqa: ANN401 - as above
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A data set as the hub's client leaves it: blobs, and a snapshot of links to them."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)

    def made(name: str, write: Callable[[Any, Path], None] = parquet.write_table) -> Path:
        root = tmp_path / "hf" / "hub" / "datasets--acme--questions"
        for folder in ("refs", "blobs", f"snapshots/{COMMIT}/data"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "refs" / "main").write_text(COMMIT)
        blob = root / "blobs" / name.replace(".", "-")
        write(TABLE, blob)
        (root / "snapshots" / COMMIT / "data" / name).symlink_to(blob)
        return root

    return made


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("train-00000-of-00001.parquet", parquet.write_table),
        ("train.arrow", stream),
        ("train.arrow", feather),
    ],
)
def test_a_snapshot_in_the_cache_is_read(
    hub: Callable[..., Path], tmp_path: Path, name: str, write: Callable[[Any, Path], None]
) -> None:
    hub(name, write)
    (cached,) = scan_cache_dir(tmp_path / "hf" / "hub").repos
    assert (cached.repo_id, cached.repo_type) == ("acme/questions", "dataset")  # the client knows it as well
    suite = good("acme/questions", "hf", tmp_path, *ASK)
    assert [case.expect["text"] for case in suite.cases] == ["one", "two"]
    assert suite.card["source"] == f"acme/questions@{COMMIT}: data/{name}"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("acme/answers", "acme/answers: it is not in the cache"),
        ("acme/questions@v2", f"the cache has no revision `v2`; it has {COMMIT}"),
        ("acme/questions", "say which files, as in acme/questions:'data/test*'"),
        ("acme/questions:data/dev*", "no file is like that; there are data/test.parquet, data/train.parquet"),
        ("../questions", "this must be owner/name"),
    ],
)
def test_what_the_cache_has_not_is_told(
    hub: Callable[..., Path], tmp_path: Path, source: str, said: str
) -> None:
    for name in ("train.parquet", "test.parquet"):
        hub(name)
    done = imported(source, "hf", tmp_path, *ASK)
    assert done.exit_code == 2
    assert said in done.output


def test_one_of_several_splits_is_chosen(hub: Callable[..., Path], tmp_path: Path) -> None:
    for name in ("train.parquet", "test-00000-of-00002.parquet", "test-00001-of-00002.parquet"):
        hub(name)
    suite = good(f"acme/questions@{COMMIT}:data/test*", "hf", tmp_path, *ASK)
    assert len(suite.cases) == 4


# -- whatever comes ------------------------------------------------------------------------------

SEEDS = {
    "jsonl": b'{"question": "1?"}\n{"question": "2?", "id": 3}\n',
    "csv": b'question,id\n"a ""b""",1\n',
    "hf": b"",
    **{
        kind: (FIXTURES / name).read_bytes()
        for kind, name in {
            "garak": "garak.report.jsonl", "promptfoo": "promptfoo.json", "inspect": "inspect.eval",
            "deepeval": "deepeval.json",
        }.items()
    },
}  # fmt: skip


FEW = 40
"""Examples a format: each reads a whole file."""


def usable(read: Callable[[], Source]) -> None:
    """Reading and building end, or refuse in the one declared way; no row is lost."""
    try:
        source = read()
        fields = fields_of(["user=question"] if not source.named else [], source)
    except UsageFault:
        return
    made = build(source, fields)
    assert len(made.places) + len(made.flaws) == len(source.rows)


@pytest.mark.parametrize("kind", sorted(set(SEEDS) - {"hf"}))
@settings(max_examples=FEW)
@given(data=st.data())
def test_readers_take_any_bytes(
    kind: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any-{kind}"
    seed = SEEDS[kind]
    if data.draw(st.booleans()):
        body = data.draw(st.binary(max_size=200))
    else:
        at = data.draw(st.integers(0, len(seed) - 1))
        body = seed[:at] + data.draw(st.binary(max_size=8)) + seed[at + data.draw(st.integers(0, 8)) :]
    path.write_bytes(body)
    usable(lambda: FORMATS[kind](str(path)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", ["garak", "promptfoo", "inspect", "deepeval"])
@settings(max_examples=FEW)
@given(data=st.data())
def test_readers_take_any_json_in_any_place(
    kind: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name = {"inspect": "inspect.json", "garak": "garak.report.jsonl"}.get(kind, f"{kind}.json")
    text = (FIXTURES / name).read_text()
    whole = [json.loads(line) for line in text.splitlines()] if name.endswith("l") else json.loads(text)
    place: Any = whole
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.integers(0, 3)) == 0:
            break
        place = inner
    place[key] = data.draw(JSON)
    path = tmp_path_factory.getbasetemp() / f"json-{kind}"
    path.write_text("".join(json.dumps(one) + "\n" for one in (whole if name.endswith("l") else [whole])))
    usable(lambda: FORMATS[kind](str(path)))


@given(body=st.binary(max_size=300))
def test_a_broken_parquet_file_is_named(body: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    from evalsuites.importers import huggingface

    for kind in (".parquet", ".arrow"):
        path = tmp_path_factory.getbasetemp() / f"broken{kind}"
        path.write_bytes(body)
        usable(lambda path=path: huggingface._read(path))  # type: ignore[misc]
