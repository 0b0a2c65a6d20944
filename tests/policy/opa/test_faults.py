"""Whatever stands where OPA should be: an answer of OPA's, or a fault that says which."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.decision import Answer, Decision, FailMode
from gateway.core.exchange import Exchange
from gateway.core.finding import Coverage, Finding
from gateway.core.segment import Segment
from gateway.policy.matter import Matter
from gateway.policy.opa.breaker import Breaker, State
from gateway.policy.opa.engine import OpaEngine
from gateway.policy.opa.fault import OpaFault
from gateway.policy.opa.snapshot import OpaSnapshot
from gateway.policy.opa.transport import LARGEST, Address, Transport
from gateway.policy.plan import Plan
from tests.policy.opa.fake_opa import FakeOpa, Say, fake_opa, result

PLAN = Plan(("patterns", "secrets"), ())
DENY = {"deny": [{"rule": "a.b", "reason": "No."}]}


class Heard:
    """What the engine told of."""

    def __init__(self) -> None:
        self.questions: list[tuple[str, str]] = []
        self.states: list[State] = []

    def asked(self, package: str, seconds: float, why: str) -> None:
        self.questions.append((package, why))

    def changed(self, state: State) -> None:
        self.states.append(state)


@contextmanager
def engine(
    url: str, heard: Heard | None = None, failures: int = 100, **address: object
) -> Iterator[OpaEngine]:
    heard = heard or Heard()
    breaker = Breaker(failures=failures, cooldown_s=1e6, clock=lambda: 0.0, changed=heard.changed)
    asking = OpaEngine(
        Transport(Address(url, **{"timeout_s": 5.0, **address})),  # type: ignore[arg-type]
        breaker,
        installed=("patterns", "secrets"),
        listener=heard,
    )
    try:
        yield asking
    finally:
        asking.close()


def why(say: Say, **address: object) -> str:
    """The fault that an answer makes; empty where there is none."""
    with fake_opa(say) as fake, engine(fake.url, **address) as asking:  # type: ignore[arg-type]
        try:
            asking.views("request", {})
        except OpaFault as fault:
            return fault.kind
        return ""


EVALUATION = orjson.dumps({
    "code": "internal_error",
    "message": "error(s) occurred while evaluating query",
    "errors": [
        {
            "code": "eval_conflict_error",
            "message": "joe@example.com and others",
            "location": {"file": "a.rego", "row": 3, "col": 1},
        }
    ],
})  # fmt: skip


@pytest.mark.parametrize(
    ("say", "fault"),
    [
        (result(DENY), ""),
        (result(), ""),
        (Say(b"<html>It works!</html>", headers=(("content-type", "text/html"),)), "garbage"),
        (Say(b""), "garbage"),
        (Say(b'{"result": {"deny": ['), "garbage"),
        (Say(b'{"result": NaN}'), "garbage"),
        (Say(b"\xff\xfe"), "garbage"),
        (Say(b"[]"), "garbage"),
        (Say(b"null"), "garbage"),
        (result(["deny"]), "garbage"),
        (Say(result(DENY).body, length=10_000), "unreachable"),
        (Say(result(DENY).body, length=20), "garbage"),
        (Say(b" " * (LARGEST + 1)), "too_large"),
        (Say(b"no", status=500), "status"),
        (Say(b'{"code": "internal_error"}', status=500), "status"),
        (Say(EVALUATION, status=500), "evaluation"),
        (Say(EVALUATION, status=503), "status"),
        (Say(b"{}", status=401), "status"),
        (Say(b"{}", status=404), "status"),
        (Say(b"", status=302, headers=(("location", "http://127.0.0.1:1/"),)), "status"),
        (result(DENY, provenance=None), "no_revision"),
        (result(DENY, provenance={"bundles": {}}), "no_revision"),
        (result(DENY, provenance={"bundles": []}), "no_revision"),
        (result(DENY, provenance={"bundles": {"b": {}}}), "no_revision"),
        (result(DENY, provenance={"bundles": {"b": {"revision": ""}}}), "no_revision"),
        (result(DENY, provenance={"bundles": {"b": {"revision": 7}}}), "no_revision"),
        (result(DENY, provenance={"bundles": {"b": {"revision": "r\r\nset-cookie: a=b"}}}), "no_revision"),
        (result(None, provenance=None), "no_revision"),
        (result({"deny": {"rule": "a.b"}}), "invalid"),
        (result({"deny": [{"rule": "a.b"}]}), "invalid"),
        (result({"deny": [7]}), "invalid"),
        (result({"deny": None}), "invalid"),
        (result({"redact": [{"rule": "a.b", "reason": "R.", "with": "mask", "findings": ["f"]}]}), "invalid"),
    ],
)  # fmt: skip
def test_what_an_answer_is_worth(say: Say, fault: str) -> None:
    assert why(say) == fault


def test_who_takes_too_long_is_not_waited_for() -> None:
    assert why(Say(b"{}", before_s=30), timeout_s=0.2) == "timeout"
    assert why(Say(result(DENY).body, between_s=0.05), timeout_s=0.2) == "timeout"


def test_nobody_is_there() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        with (
            engine(f"http://127.0.0.1:{reserved.getsockname()[1]}") as asking,
            pytest.raises(OpaFault) as caught,
        ):
            asking.views("request", {})
    assert caught.value.kind == "unreachable"


def test_a_fault_repeats_nothing_that_opa_says_of_facts() -> None:
    said = Say(EVALUATION, status=500)
    with fake_opa(said) as fake, engine(fake.url) as asking, pytest.raises(OpaFault) as caught:
        asking.views("request", {})
    assert str(caught.value) == "OPA could not evaluate the policy: eval_conflict_error at a.rego:3"


def test_how_opa_is_asked() -> None:
    heard = Heard()
    with (
        fake_opa(result(DENY)) as fake,
        engine(fake.url + "/opa/", heard, token="t", package="a.b") as asking,
    ):
        for _ in range(3):
            assert asking.views("response", {"v": 1, "findings": []}).revision == "r1"
    path, headers, body = fake.asked[0]
    assert path == "/opa/v1/data/a/b/response?provenance=true&strict-builtin-errors=true"
    assert headers["Authorization"] == "Bearer t"
    assert body == {"input": {"v": 1, "findings": []}}
    assert fake.connections == 1
    assert heard.questions == [("response", "")] * 3


def test_a_netrc_and_a_proxy_of_the_environment_are_not_for_opa(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with fake_opa(result(DENY)) as fake, engine(fake.url, token="t") as asking:
        assert asking.views("request", {}).verdicts[0].rule == "a.b"
    assert fake.asked[0][1]["Authorization"] == "Bearer t"


def test_policies_that_are_pushed_have_the_revision_of_the_settings() -> None:
    assert why(result(DENY, provenance=None), revision="by-hand") == ""
    assert why(result(None, provenance=None), revision="by-hand") == "no_revision"
    with fake_opa(result(DENY)) as fake, engine(fake.url, revision="by-hand") as asking:
        assert asking.views("request", {}).revision == "r1"


@pytest.mark.parametrize(("bundle", "revision"), [("", "a=r1,b=r2"), ("b", "r2"), ("c", None)])
def test_of_several_bundles_one_is_meant_or_all(bundle: str, revision: str | None) -> None:
    told = {"bundles": {"b": {"revision": "r2"}, "a": {"revision": "r1"}}}
    with fake_opa(result(DENY, provenance=told)) as fake, engine(fake.url, bundle=bundle) as asking:
        if revision is None:
            with pytest.raises(OpaFault, match="which revision"):
                asking.views("request", {})
        else:
            assert asking.views("request", {}).revision == revision


def test_a_plan_is_remembered_until_another_revision_answers(exchange: Exchange) -> None:
    revision = "r1"

    def say(path: str, _: object) -> Say:
        value: dict[str, object] = {"detectors": [revision]} if "plan" in path else {}
        return result(value, provenance={"bundles": {"b": {"revision": revision}}})

    with fake_opa(say) as fake, engine(fake.url) as asking:
        snapshot = OpaSnapshot(asking)
        assert snapshot.known_plan(exchange) is None
        assert snapshot.plan(exchange).detectors == snapshot.plan(exchange).detectors == ("r1",)
        assert snapshot.known_plan(exchange) == snapshot.plan(exchange)
        assert snapshot.known_plan(replace(exchange, model="other")) is None
        assert len(fake.asked) == 1
        revision = "r2"
        asking.views("request", {})
        assert snapshot.known_plan(exchange) is None
        assert snapshot.plan(exchange).detectors == ("r2",)


def judged(fake: FakeOpa, fail: FailMode, exchange: Exchange, covered: list[Coverage]) -> Decision:
    segments = [Segment(f"s{i}", "user", "text", "", "some text") for i in range(2)]
    with engine(fake.url) as asking:
        return OpaSnapshot(asking, fail=fail).judge(Matter("request", exchange, PLAN, segments, [], covered))


@pytest.mark.parametrize(("fail", "answer"), [("closed", Answer.ERROR_CLOSED), ("open", Answer.ERROR_OPEN)])
def test_a_fault_decides_by_the_declared_mode(
    fail: FailMode, answer: Answer, exchange: Exchange, covered: list[Coverage]
) -> None:
    with fake_opa(Say(b"<html>")) as fake:
        decision = judged(fake, fail, exchange, covered)
        assert (decision.answer, decision.answer.stops) == (answer, fail == "closed")
        (verdict,) = decision.verdicts
        assert (verdict.rule, verdict.fail, verdict.params) == ("policy.fault", fail, {"why": "garbage"})
        assert verdict.reason.startswith("OPA's answer is not one of OPA's: it is not JSON, ")
        # Faults of OPA may be open; checks that did not run are the plan's to judge, and it says closed.
        assert judged(fake, fail, exchange, covered[1:]).answer is Answer.ERROR_CLOSED


def test_without_a_plan_nothing_is_served_or_everything_is_run(exchange: Exchange) -> None:
    with fake_opa(Say(b"<html>")) as fake, engine(fake.url) as asking:
        with pytest.raises(OpaFault):
            OpaSnapshot(asking).plan(exchange)
        plan = OpaSnapshot(asking, fail="open", installed=("secrets", "patterns")).plan(exchange)
    assert plan == Plan(("patterns", "secrets"), ("patterns", "secrets"))
    assert (plan.fail, plan.stream, plan.unknown_endpoint) == ("closed", "window", "deny")


def test_a_sick_opa_is_left_in_peace_but_a_bad_rule_hurts_nobody_else() -> None:
    heard = Heard()
    with fake_opa(Say(EVALUATION, status=500)) as fake, engine(fake.url, heard, failures=2) as asking:
        for _ in range(5):
            with pytest.raises(OpaFault):
                asking.views("request", {})
        assert (len(fake.asked), heard.states) == (5, [])
        fake.say = lambda *_: Say(b"<html>")
        for _ in range(5):
            with pytest.raises(OpaFault):
                asking.views("request", {})
        assert (len(fake.asked), heard.states) == (7, ["open"])
        assert [why for _, why in heard.questions[-3:]] == ["breaker_open"] * 3


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["deny", "rule", "reason", "x"]), inner),
    max_leaves=12,
)


class Saying:
    """OPA, without a wire."""

    def __init__(self, value: dict[str, object]) -> None:
        self.revision, self.value = "r1", value

    def ask(self, package: str, document: bytes) -> "Saying":
        return self

    def close(self) -> None:
        pass


@given(st.dictionaries(st.sampled_from(["deny", "flag", "redact", "detectors", "deadline_ms", "x"]), _JSON))
def test_whatever_opa_answers_is_a_view_or_a_fault(value: dict[str, object]) -> None:
    breaker = Breaker(failures=9, cooldown_s=1, clock=lambda: 0.0)
    asking = OpaEngine(Saying(value), breaker, listener=Heard())
    for ask in (lambda: asking.views("request", {}), lambda: asking.plan({})):
        with suppress(OpaFault):  # and nothing else
            ask()


def test_findings_can_be_named(exchange: Exchange, finding: Finding) -> None:
    redact = [{"rule": "a.b", "reason": "R.", "with": "mask", "findings": ["f0"]}]
    with fake_opa(result({"redact": redact, "helper": 7})) as fake, engine(fake.url) as asking:
        views = asking.views("request", {"findings": [{"id": finding.id}]})
    assert [verdict.findings for verdict in views.verdicts] == [("f0",)]


def certificate(folder: Path) -> tuple[str, str]:
    """Files with a certificate for this machine that nobody has signed but itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(signed.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(files[0]), str(files[1])


def test_over_tls_both_sides_are_who_they_say(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    tls.load_verify_locations(cert)
    tls.verify_mode = ssl.CERT_REQUIRED
    with fake_opa(result(DENY), tls) as fake:
        with engine(fake.url, ca=cert, cert=(cert, key)) as asking:
            assert asking.views("request", {}).revision == "r1"
        for trust in ({"ca": cert}, {"cert": (cert, key)}):
            with engine(fake.url, **trust) as asking, pytest.raises(OpaFault) as caught:
                asking.views("request", {})
            assert caught.value.kind == "unreachable"
