"""What the formats say: the same of every entry, in bytes that depend on the log alone, and never text."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.export.entry import Entry, Head
from gateway.audit.export.fields import FIELDS, flat
from gateway.audit.export.formats.cef import MAPPING as CEF
from gateway.audit.export.formats.cef import Cef, extension_value, header_value
from gateway.audit.export.formats.jsonl import JsonLines
from gateway.audit.export.formats.ocsf import MAPPING as OCSF
from gateway.audit.export.formats.ocsf import events
from gateway.audit.export.formats.otlp import MAPPING as OTLP
from gateway.audit.export.formats.otlp import Otlp
from gateway.audit.export.formats.parquet import schema
from gateway.audit.export.formats.registry import FORMATS, MESSAGES
from gateway.audit.export.formats.syslog import PARAMETERS, SD_ID, Syslog
from gateway.audit.export.reading import snapshot
from tests.audit.export.past import AWKWARD

Written = Callable[[str], bytes]
SCHEMA = json.loads((Path(__file__).parent / "ocsf-1.8.0.json").read_text())
ALWAYS = [field.name for field in FIELDS if field.always]


def written(log: Path, name: str) -> bytes:
    now, out = snapshot(log), BytesIO()
    writer = FORMATS[name].writer(out, now.head)
    for batch in now.batches():
        writer.write(batch.entries)
    writer.finish()
    return out.getvalue()


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_log_gives_the_same_bytes(log: Path, name: str) -> None:
    assert written(log, name) == written(log, name)


@pytest.mark.parametrize("name", FORMATS)
def test_every_row_says_which_leaf_of_which_log_it_is(log: Path, every: Sequence[Entry], name: str) -> None:
    data = written(log, name)
    if name == "parquet":
        data = "\n".join(json.dumps(row, default=str) for row in _rows(data)).encode()
    lines = data.splitlines() if name == "parquet" else data.removesuffix(b"\n").split(b"\n")
    by_leaf = {leaf: line for line in lines for leaf in re.findall(rb"[0-9a-f]{64}", line)}
    for entry in every:
        line = by_leaf[entry.leaf.encode()]
        told = (entry.head.origin, str(entry.head.size), str(entry.index), "b1", str(entry.record["seq"]))
        assert all(one.encode() in line for one in told)


def test_an_awkward_text_never_breaks_a_line(log: Path, every: Sequence[Entry]) -> None:
    for name in ("jsonl", "otlp", "cef", "syslog"):
        assert written(log, name).count(b"\n") == len(every)


SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5)
JSON = st.recursive(
    SCALARS, lambda some: st.lists(some, max_size=2) | st.dictionaries(st.text(max_size=3), some)
)
NAMES = """
node boot seq ts type exchange caller decision outcome findings coverage status stream reason rules controls
name key by revision
""".split()
RECORDS = st.dictionaries(st.sampled_from(NAMES), JSON) | st.fixed_dictionaries(
    {
        "type": st.sampled_from(("decision", "outcome", "bundle", "erasure", "hold", "gate")),
        "decision": st.fixed_dictionaries({"answer": JSON, "verdicts": st.lists(JSON, max_size=2)}),
        "outcome": st.dictionaries(st.sampled_from(("status", "ending", "micros", "input_tokens")), JSON),
        "coverage": st.lists(
            st.fixed_dictionaries({"state": st.just("error"), "detectors": JSON}), max_size=2
        ),
    }
)


@settings(max_examples=50)
@given(RECORDS)
def test_whatever_a_record_says_every_format_can_say_it(record: dict[str, Any]) -> None:
    """Records of a later version, or of somebody else's, end up somewhere too."""
    entry = Entry(0, "00" * 32, json.dumps(record).encode(), record, Head("o", 1, ""))
    for form in MESSAGES.values():
        assert all(b"\n" not in message for message in form.messages(entry))
    out = BytesIO()
    writer = FORMATS["parquet"].writer(out, entry.head)
    writer.write([entry])
    writer.finish()


# --- JSON lines ------------------------------------------------------------------------------------------


def test_the_record_in_a_json_line_is_the_leaf_byte_for_byte(log: Path, every: Sequence[Entry]) -> None:
    for line, entry in zip(written(log, "jsonl").splitlines(), every, strict=True):
        record = line.partition(b',"record":')[2][:-1]
        assert json.loads(line)["record"] == entry.record
        assert hashlib.sha256(b"\0" + record).hexdigest() == json.loads(line)["leaf"] == entry.leaf


# --- Parquet ---------------------------------------------------------------------------------------------


def _rows(data: bytes) -> list[dict[str, Any]]:
    from pyarrow import parquet

    rows: list[dict[str, Any]] = parquet.read_table(BytesIO(data)).to_pylist()
    return rows


def test_a_parquet_file_has_typed_columns_and_the_whole_record(log: Path, every: Sequence[Entry]) -> None:
    from pyarrow import parquet

    data = written(log, "parquet")
    for row, entry in zip(_rows(data), every, strict=True):
        told = {name: value for name, value in row.items() if value not in (None, [])}
        told["ts"] = int(told["ts"].timestamp() * 1000 + 0.5)
        assert json.loads(told.pop("record")) == entry.record
        assert told == flat(entry)
    metadata = parquet.read_metadata(BytesIO(data)).metadata
    head = every[0].head
    assert metadata[b"lictor.origin"] == head.origin.encode()
    assert metadata[b"lictor.size"] == str(head.size).encode()
    assert metadata[b"lictor.root"] == head.root.encode()
    assert metadata[b"lictor.version"] == b"1"


def test_rows_are_written_in_groups(
    monkeypatch: pytest.MonkeyPatch, log: Path, every: Sequence[Entry]
) -> None:
    from pyarrow import parquet

    monkeypatch.setattr("gateway.audit.export.formats.parquet.ROW_GROUP", 100)
    groups = parquet.ParquetFile(BytesIO(written(log, "parquet"))).metadata
    assert groups.num_row_groups == -(-len(every) // 100)
    assert groups.row_group(0).num_rows == 100


def test_the_columns_are_stable() -> None:
    """Readers name them: whoever changes one of these raises the version in the metadata."""
    columns = [f"{field.name} {field.type}{'' if field.nullable else ' not null'}" for field in schema()]
    assert columns == (Path(__file__).parent / "columns-1.txt").read_text().splitlines()


# --- OpenTelemetry ---------------------------------------------------------------------------------------


def _request(line: bytes) -> Any:  # noqa: ANN401 - made by protobuf
    from google.protobuf import json_format
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

    return json_format.Parse(line, ExportLogsServiceRequest())


def _plain(value: Any) -> object:  # noqa: ANN401 - made by protobuf
    kind = value.WhichOneof("value")
    return (
        [_plain(item) for item in value.array_value.values] if kind == "array_value" else getattr(value, kind)
    )


def test_an_otlp_line_is_a_request_as_protobuf_reads_it(log: Path, every: Sequence[Entry]) -> None:
    for line, entry in zip(written(log, "otlp").splitlines(), every, strict=True):
        (resource,) = _request(line).resource_logs
        (record,) = resource.scope_logs[0].log_records
        told = {pair.key: _plain(pair.value) for pair in record.attributes}
        values = flat(entry)
        for field, name in OTLP.items():
            expected = [values[field]] if field == "finish" and field in values else values.get(field)
            assert told.get(name) == expected, (field, name)
        assert told["log.record.uid"] == f"{entry.head.origin}/{entry.index}"
        assert record.time_unix_nano == entry.record["ts"] * 1_000_000
        assert record.event_name == f"lictor.{entry.record['type']}"
        assert json.loads(record.body.string_value) == entry.record


def test_names_are_those_of_the_semantic_conventions() -> None:
    from opentelemetry.semconv._incubating.attributes import (
        gen_ai_attributes,
        http_attributes,
        log_attributes,
    )
    from opentelemetry.semconv.attributes import error_attributes
    from opentelemetry.semconv.attributes import http_attributes as stable

    known = {
        value
        for module in (gen_ai_attributes, http_attributes, log_attributes, error_attributes, stable)
        for name, value in vars(module).items()
        if name.isupper()
    }
    assert {name for name in OTLP.values() if not name.startswith("lictor.")} <= known


def test_severities_follow_what_was_decided(every: Sequence[Entry]) -> None:
    levels = {}
    for entry in every[:40]:
        (record,) = _request(next(Otlp().messages(entry))).resource_logs[0].scope_logs[0].log_records
        values = flat(entry)
        levels[values["type"], values.get("ending") or values.get("answer")] = record.severity_text
    assert levels["decision", "allow"] == "INFO"
    assert levels["decision", "flag"] == "INFO2"
    assert levels["decision", "deny"] == "WARN"
    assert levels["decision", "error_open"] == levels["outcome", "fault"] == levels["bypass", None] == "ERROR"


# --- OCSF ------------------------------------------------------------------------------------------------


def test_every_event_is_valid_under_the_schema(every: Sequence[Entry]) -> None:
    for event in (event for entry in every for event in events(entry)):
        rules = {**SCHEMA["classes"][str(event["class_uid"])], "$defs": SCHEMA["$defs"]}
        jsonschema.Draft202012Validator(rules).validate(event)
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert event["category_uid"] == event["class_uid"] // 1000


def test_an_attribute_that_the_schema_does_not_know_is_noticed(every: Sequence[Entry]) -> None:
    event = next(events(every[1])) | {"surprise": 1}
    rules = {**SCHEMA["classes"][str(event["class_uid"])], "$defs": SCHEMA["$defs"]}
    assert not jsonschema.Draft202012Validator(rules).is_valid(event)


def test_fields_are_where_the_mapping_says(every: Sequence[Entry]) -> None:
    for entry in every:
        values = flat(entry)
        for event in events(entry):
            for field, path in OCSF.items():
                at: Any = event
                for step in path.split("."):
                    at = at.get(step) if isinstance(at, dict) else None
                if field in values:
                    assert at == values[field], (field, path)


def test_what_policy_did_more_than_allow_is_a_finding_beside_the_call(every: Sequence[Entry]) -> None:
    for entry in every:
        classes = [event["class_uid"] for event in events(entry)]
        acted = flat(entry).get("answer", "allow") != "allow"
        assert classes[1:] == ([2004] if acted else [])
        uids = [event["metadata"]["uid"] for event in events(entry)]
        assert len(set(uids)) == len(uids)


# --- CEF -------------------------------------------------------------------------------------------------

KEY = re.compile(r"(?:^| )(\w+)=")
TEXT = st.text() | st.text(st.sampled_from('|\\="] \n\ra'))
"""Any, and often what the formats escape."""


def parsed_cef(line: str) -> tuple[list[str], dict[str, str]]:
    """A reader of CEF of its own: header by unescaped pipes, pairs by keys before unescaped equals signs."""
    assert line.startswith("CEF:0|")
    parts = re.split(r"(?<!\\)((?:\\\\)*)\|", line, maxsplit=7)
    joined = [left + (slashes or "") for left, slashes in zip(parts[0::2], [*parts[1::2], ""], strict=True)]
    header = [re.sub(r"\\([\\|])", r"\1", part) for part in joined[:7]]
    pairs, rest = {}, joined[7]
    found = list(KEY.finditer(rest))
    for match, following in zip(found, [*found[1:], None], strict=True):
        value = rest[match.end() : following.start() if following else len(rest)]
        pairs[match[1]] = re.sub(r"\\(.)", lambda one: {"n": "\n", "r": "\r"}.get(one[1], one[1]), value)
    return header, pairs


@given(TEXT, TEXT)
def test_no_text_gets_out_of_its_place_in_cef(name: str, value: str) -> None:
    line = f"CEF:0|Lictor|Lictor|1|{header_value(name)}|x|3|act={extension_value(value)} cat=y"
    header, pairs = parsed_cef(line)
    assert header[4] == re.sub(r"[\x00-\x1f\x7f]", " ", name)
    assert pairs == {"act": re.sub(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", " ", value), "cat": "y"}


def test_cef_says_the_fields(log: Path, every: Sequence[Entry]) -> None:
    for line, entry in zip(written(log, "cef").decode().split("\n"), every, strict=False):
        header, pairs = parsed_cef(line)
        values = flat(entry)
        assert header[4] == entry.record["type"]
        for field, key in CEF.items():
            value = values.get(field)
            text = ",".join(value) if isinstance(value, list) else value
            spelled = None if text is None else re.sub(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", " ", str(text))
            assert pairs.get(key) == spelled, (field, key)


def test_severity_in_cef_is_within_its_scale(log: Path) -> None:
    told = [int(parsed_cef(line)[0][6]) for line in written(log, "cef").decode().split("\n")[:-1]]
    assert set(told) == {1, 3, 6, 8}


# --- syslog ----------------------------------------------------------------------------------------------

HEADER = re.compile(
    r"<(?P<priority>\d{1,3})>1 (?P<at>\S+) (?P<host>\S{1,255}) lictor "
    r"(?P<process>\S{1,128}) (?P<kind>\S{1,32}) "
)


def parsed_syslog(message: bytes) -> tuple[dict[str, str], dict[str, str], bytes]:
    """A reader of RFC 5424 of its own: header, parameters, body."""
    text = message.decode()
    header = HEADER.match(text)
    assert header, text[:200]
    at, parameters = header.end(), {}
    assert text[at:].startswith(f"[{SD_ID}")
    at += len(SD_ID) + 1
    while text[at] == " ":
        pair = re.compile(r' (\w{1,32})="((?:[^"\\\]]|\\.)*)"', re.DOTALL).match(text, at)
        assert pair, text[at:]
        parameters[pair[1]] = re.sub(r'\\(["\\\]])', r"\1", pair[2])
        at = pair.end()
    assert text[at : at + 2] == "] "
    return header.groupdict(), parameters, text[at + 2 :].encode()


def test_a_syslog_message_is_one_of_rfc_5424(every: Sequence[Entry]) -> None:
    for entry in every:
        (message,) = Syslog(JsonLines()).messages(entry)
        header, parameters, body = parsed_syslog(message)
        values = flat(entry)
        assert divmod(int(header["priority"]), 8)[0] == 13
        assert header["at"].endswith("Z")
        assert json.loads(body)["record"] == entry.record
        assert body.isascii()
        for name in PARAMETERS:
            value = values.get(name)
            told = ",".join(value) if isinstance(value, list) else str(value)
            assert parameters.get(name) == (None if value is None else told)


@given(TEXT, TEXT)
def test_no_text_gets_out_of_its_place_in_syslog(app: str, node: str) -> None:
    record = {"type": "decision", "node": node, "boot": "b", "seq": 0, "ts": 0, "caller": {"app": app}}
    entry = Entry(0, "00", b"{}", record, Head("o", 1, ""))
    header, parameters, body = parsed_syslog(next(Syslog(JsonLines()).messages(entry)))
    assert parameters.get("app", "") == app.replace("\n", " ")
    assert re.fullmatch(r"[\x21-\x7e]+", header["host"])
    assert body.endswith(b'"record":{}}')


@given(st.text())
def test_json_in_a_syslog_message_means_what_it_meant(text: str) -> None:
    data = json.dumps({"type": "hold", "reason": text}, ensure_ascii=False).encode()
    entry = Entry(0, "00", data, json.loads(data), Head("o", 1, ""))
    body = parsed_syslog(next(Syslog(JsonLines()).messages(entry)))[2]
    assert json.loads(body)["record"]["reason"] == text


def test_other_bodies_say_that_they_are_utf_8(every: Sequence[Entry]) -> None:
    entry = next(entry for entry in every if entry.record.get("reason") == AWKWARD)
    assert parsed_syslog(next(Syslog(Cef()).messages(entry)))[2].startswith(b"\xef\xbb\xbfCEF:0|")
