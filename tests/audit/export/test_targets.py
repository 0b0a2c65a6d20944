"""Where exports go: what is there afterwards, and what is said when not everything arrived."""

import datetime as dt
import json
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.audit.export.entry import Entry
from gateway.audit.export.formats.jsonl import JsonLines
from gateway.audit.export.formats.otlp import Otlp
from gateway.audit.export.targets.base import Target, Undelivered
from gateway.audit.export.targets.file import Pipe, WholeFile
from gateway.audit.export.targets.opening import AddressError, Credentials, open_target
from gateway.testing.process import free_port
from tests.audit.export.servers import (
    Collected,
    Stream,
    collector,
    otelcol,
    real_collector,
    rsyslog,
    rsyslogd,
    wait_for,
)


@pytest.fixture
def collected() -> Iterator[Collected]:
    with collector() as found:
        yield found


@pytest.fixture
def stream() -> Iterator[Stream]:
    server = Stream()
    yield server
    server.close()


def deliver(target: Target, entries: Sequence[Entry]) -> None:
    target.send(entries)
    target.finish()


# --- files -----------------------------------------------------------------------------------------------


def test_a_file_appears_once_it_is_complete(tmp_path: Path, every: Sequence[Entry]) -> None:
    path = tmp_path / "out.jsonl"
    target = WholeFile(path, JsonLines(), every[0].head)
    target.send(every[:10])
    assert not path.exists()
    target.finish()
    assert len(path.read_bytes().splitlines()) == 10
    assert list(tmp_path.iterdir()) == [path]


def test_an_abandoned_file_leaves_what_was_there(tmp_path: Path, every: Sequence[Entry]) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("before")
    target = WholeFile(path, JsonLines(), every[0].head)
    target.send(every[:10])
    target.abandon()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_has_what_was_sent_at_once(every: Sequence[Entry]) -> None:
    out = BytesIO()
    Pipe(out, JsonLines(), every[0].head).send(every[:3])
    assert len(out.getvalue().splitlines()) == 3


# --- collectors ------------------------------------------------------------------------------------------


def test_a_collector_gets_what_the_lines_say(collected: Collected, every: Sequence[Entry]) -> None:
    """One mapping, two spellings: protobuf by OpenTelemetry's exporter, JSON by ours."""
    from google.protobuf import json_format

    deliver(open_target(collected.url, "otlp"), every)
    sent = {
        json.dumps(json_format.MessageToDict(record), sort_keys=True)
        for request in collected.requests
        for resource in request.resource_logs
        for record in resource.scope_logs[0].log_records
    }
    lines = {
        json.dumps(json_format.MessageToDict(json_format.Parse(line, type(collected.requests[0])()))
                   ["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0], sort_keys=True)
        for entry in every
        for line in Otlp().messages(entry)
    }  # fmt: skip
    assert sent == lines
    assert len(sent) == len(every)


@pytest.mark.parametrize(
    "answer",
    [(400, {}, b""), (401, {}, b""), (302, {"location": "http://127.0.0.1:1/"}, b""), (200, {}, b"\xff")],
)
def test_what_a_collector_does_not_take_is_told(
    collected: Collected, every: Sequence[Entry], answer: tuple[int, dict[str, str], bytes]
) -> None:
    collected.answers.append(answer)
    target = open_target(collected.url, "otlp")
    with pytest.raises(Undelivered, match=r"HTTP|no OTLP"):
        target.send(every[:2])
    target.send(every[:2])
    target.finish()


def test_records_that_a_collector_rejects_are_not_delivered(
    collected: Collected, every: Sequence[Entry]
) -> None:
    collected.reject(1, "too old")
    target = open_target(collected.url, "otlp")
    with pytest.raises(Undelivered, match="1 records were rejected: too old"):
        target.send(every[:2])
    target.abandon()


@pytest.mark.skipif(otelcol() is None, reason="no OpenTelemetry collector here: make otelcol")
def test_opentelemetrys_own_collector_takes_it(tmp_path: Path, every: Sequence[Entry]) -> None:
    program = otelcol()
    assert program
    with real_collector(program, tmp_path) as (url, log):
        deliver(open_target(url, "otlp"), every[:50])
        wait_for(lambda: len(re.findall(r"lictor\.log\.leaf", log.read_text())) >= 50)
    told = log.read_text()
    assert "EventName: lictor.decision" in told
    assert all(f"lictor.log.leaf: Str({entry.leaf})" in told for entry in every[:50])
    assert "lictor.log.index: Int(49)" in told


# --- syslog ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["syslog", "cef", "jsonl", "ocsf"])
def test_messages_stand_behind_their_length(stream: Stream, every: Sequence[Entry], form: str) -> None:
    deliver(open_target(f"syslog+tcp://127.0.0.1:{stream.port}", form), every)
    wait_for(lambda: len(stream.messages) >= len(every))
    for message, entry in zip(stream.messages, every, strict=False) if form != "ocsf" else ():
        assert f'index="{entry.index}" leaf="{entry.leaf}"'.encode() in message
    assert all(message.startswith(b"<1") for message in stream.messages)


def test_what_a_server_had_not_read_when_it_died_is_sent_again(
    stream: Stream, every: Sequence[Entry]
) -> None:
    """Its machine had acknowledged all of it."""
    target = open_target(f"syslog+tcp://127.0.0.1:{stream.port}", "syslog")
    stream.hang_up_after = 5
    with pytest.raises(Undelivered, match=r"reset|Broken pipe|not connected"):
        target.send(every)
    target.send(every)
    found = [int(match[1]) for one in stream.messages if (match := re.search(rb'index="(\d+)"', one))]
    assert found == [*range(5), *range(len(every))]


def test_a_server_that_does_not_end_its_side_is_told(
    monkeypatch: pytest.MonkeyPatch, every: Sequence[Entry]
) -> None:
    monkeypatch.setattr("gateway.audit.export.targets.syslog.TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = open_target(f"syslog+tcp://127.0.0.1:{silent.getsockname()[1]}", "syslog")
        with pytest.raises(Undelivered, match="does not say that it has read everything"):
            target.send(every[:1])


def test_nobody_there_is_told(every: Sequence[Entry]) -> None:
    target = open_target(f"syslog+tcp://127.0.0.1:{free_port()}", "cef")
    with pytest.raises(Undelivered, match="refused"):
        target.send(every[:1])


@pytest.mark.skipif(rsyslogd() is None, reason="no rsyslog here")
def test_rsyslog_understands_every_message(tmp_path: Path, every: Sequence[Entry]) -> None:
    program = rsyslogd()
    assert program
    with rsyslog(program, tmp_path) as (port, out):
        deliver(open_target(f"syslog+tcp://127.0.0.1:{port}", "syslog"), every)
        wait_for(lambda: out.exists() and out.read_bytes().count(b"\n") == len(every))
        for line, entry in zip(out.read_text("utf-8").split("\n"), every, strict=False):
            priority, version, at, host, app, process, kind, structured, body = line.split("\t", 8)
            assert int(priority) // 8 == 13
            assert (version, host, app, process) == ("1", "n1", "lictor", "b1")
            assert kind == entry.record["type"]
            assert dt.datetime.fromisoformat(at).timestamp() == entry.record["ts"] / 1000
            assert f'leaf="{entry.leaf}"' in structured
            assert json.loads(body)["record"] == entry.record
        deliver(open_target(f"syslog+udp://127.0.0.1:{port}", "cef"), every[:20])
        wait_for(lambda: out.read_bytes().count(b"\n") == len(every) + 20)
        assert "CEF:0|Lictor|Lictor|1|open|" in out.read_text("utf-8").split("\n")[len(every)]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for ``localhost``, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_tls_checks_who_is_there(certificate: Path, every: Sequence[Entry]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Stream(context)
    try:
        trusting = Credentials(authority=str(certificate))
        deliver(open_target(f"syslog+tls://localhost:{server.port}", "syslog", trusting), every)
        wait_for(lambda: len(server.messages) == len(every))
        with pytest.raises(Undelivered, match="CERTIFICATE_VERIFY_FAILED"):
            open_target(f"syslog+tls://localhost:{server.port}", "syslog").send(every[:1])
        with pytest.raises(Undelivered, match="CERTIFICATE_VERIFY_FAILED"):
            open_target(f"syslog+tls://127.0.0.1:{server.port}", "syslog", trusting).send(every[:1])
    finally:
        server.close()


# --- addresses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("collector:4318", "otlp"),
        ("http://", "otlp"),
        ("ftp://host", "jsonl"),
        ("http://host", "cef"),
        ("syslog+tcp://host", "parquet"),
        ("syslog+tcp://host", "otlp"),
        ("syslog+tcp://host:99999", "cef"),
        ("syslog+tcp://[host", "cef"),
    ],
)
def test_an_address_that_is_none_is_told(address: str, form: str) -> None:
    with pytest.raises(AddressError):
        open_target(address, form)
