"""``lictor evals attest``: what is signed is what the run says, and another maker's rules hold."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evalsuites.cli import evals
from evalsuites.harness.evidence import statement_of
from gateway.policy.dsse import parse, signers
from gateway.policy.keyring import Key, Keyring, generate, write_pair
from gateway.policy.statements import verified

KEY = generate("EdDSA")
RING = Keyring.of([Key("evals", KEY.public_key())])
POLICY, MODEL = "ab" * 32, "cd" * 32
ENDED = "2026-11-26T08:31:25+00:00"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    write_pair(tmp_path / "evals.pem", KEY)
    document = {
        "manifest": {
            "policy": f"sha256:{POLICY}",
            "gates": "sha256:" + "01" * 32,
            "suites": {"manners": "sha256:" + "02" * 32},
            "classifiers": {"guard": f"sha256:{MODEL}"},
        },
        "ruling": {"exit_code": 0, "gates": [{"gate": "polite", "state": "pass"}]},
    }
    put(tmp_path, "run.json", document)
    put(tmp_path, "statement.json", statement_of(document, ENDED))
    return tmp_path


def put(folder: Path, name: str, document: Any) -> None:  # noqa: ANN401 - JSON
    (folder / name).write_text(json.dumps(document))


def attest(folder: Path, *words: str) -> Result:
    key = ("--key", str(folder / "evals.pem"), "--key-id", "evals")
    return CliRunner().invoke(evals, ["attest", str(folder / "run.json"), *key, *words])


def test_an_envelope_says_what_the_run_says(run: Path) -> None:
    done = attest(run)
    assert done.exit_code == 0, done.output
    (line,) = (run / "statement.intoto.jsonl").read_bytes().splitlines()
    assert signers(parse(line, "here"), RING, 0) == ("evals",)
    found = verified(line, "here", RING, 0)
    assert found is not None
    assert (found.result, found.passed, found.finished_ms) == ("PASSED", frozenset({"polite"}), 1795681885000)
    assert {POLICY, MODEL} < found.subjects
    told = json.loads(base64.b64decode(json.loads(line)["payload"]))
    assert [one["name"] for one in told["subject"]] == ["policy", "classifier/guard", "run"]


def test_a_failure_is_signed_as_one(run: Path) -> None:
    document = json.loads((run / "run.json").read_text())
    document["ruling"] = {"exit_code": 1, "gates": [{"gate": "polite", "state": "fail"}]}
    put(run, "run.json", document)
    put(run, "statement.json", statement_of(document, ENDED))
    done = attest(run, "-o", str(run / "out.jsonl"))
    assert (done.exit_code, "FAILED" in done.output) == (0, True)


@pytest.mark.parametrize("change", ["run", "statement", "time", "nothing"])
def test_a_statement_that_says_something_else_is_not_signed(run: Path, change: str) -> None:
    document = json.loads((run / "run.json").read_text())
    told = json.loads((run / "statement.json").read_text())
    if change == "run":
        document["ruling"]["exit_code"] = 1
    elif change == "statement":
        told["predicate"]["result"] = "WARNED"
    elif change == "time":
        del told["subject"][-1]["annotations"]
    else:
        told = []
    put(run, "run.json", document)
    put(run, "statement.json", told)
    done = attest(run)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert not (run / "statement.intoto.jsonl").exists()


def test_a_key_that_others_may_read_is_refused(run: Path) -> None:
    (run / "evals.pem").chmod(0o644)
    assert attest(run).exit_code == 2
