"""Evidence of a run: records in the audit log, and a statement that can be signed.

Records hold what was judged by digest, and what gates said. Fractions are strings, since records know
integers only. The schema is in ``docs/spec/audit-log.md``.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalsuites.harness.gates.ruling import GateResult
from evalsuites.harness.reporting.run import Run

if TYPE_CHECKING:
    from gateway.server.settings import Settings

Record = dict[str, Any]

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
_REASON = 512
_SHA256 = "sha256:"


def run_digest(run: Run) -> str:
    """``sha256:`` over manifest, ruling and counts: names the run in every record of it."""
    return document_digest(run.to_dict())


def document_digest(document: Mapping[str, Any]) -> str:
    """As :func:`run_digest`, of a run as ``run.json`` has it."""
    body = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(body.encode()).hexdigest()}"


def records(run: Run) -> Iterator[Record]:
    """One ``eval_run`` and a ``gate`` for each gate."""
    digest = run_digest(run)
    yield eval_run_record(run, digest)
    for one in run.ruling.gates:
        yield gate_record(one, digest)


def eval_run_record(run: Run, digest: str) -> Record:
    """What ran, by digest, and the answer."""
    manifest = run.manifest
    record: Record = {
        "type": "eval_run",
        "run": digest,
        "word": run.word,
        "exit_code": run.ruling.exit_code,
        "reason": run.ruling.reason[:_REASON],
        "mode": manifest["mode"],
        "target": manifest["target"],
        "gates": manifest["gates"],
        "suites": dict(manifest["suites"]),
        "judges": dict(manifest["judges"]),
        "policy": manifest["policy"],
        "models": list(manifest["models"]),
        "code": manifest["code"],
        "lictor": manifest["lictor"],
        "packages": manifest["environment"]["packages"],
        "results": dict(sorted(run.statuses.items())),
        "tokens": sum(one.tokens for one in run.results),
    }
    return {name: value for name, value in record.items() if value not in ("", [], {})}


def gate_record(result: GateResult, digest: str) -> Record:
    """What one gate said, and on what."""
    gate = result.gate
    record: Record = {
        "type": "gate",
        "run": digest,
        "gate": gate.id,
        "suite": gate.suite,
        "metric": gate.metric,
        "kind": gate.kind,
        "state": result.state,
        "reason": result.reason[:_REASON],
        "coverage": f"{result.coverage:.6g}",
        "controls": list(gate.controls),
    }
    if gate.advisory:
        record["advisory"] = True
    if result.evidence is not None:
        seen = result.evidence
        record |= {
            "cases": seen.cases,
            "estimate": f"{seen.estimate:.6g}",
            "interval": [f"{limit:.6g}" for limit in seen.interval],
            "p": f"{result.corrected:.6g}",
        }
    return {name: value for name, value in record.items() if value not in ("", [])}


def keep(run: Run, settings: "Settings") -> Path | None:
    """Append the records to the log of the gateway that was judged; None where it keeps none.

    Raises:
        ConfigError: log or key cannot be used.
        RecordFault: the log cannot be written.
    """
    import asyncio

    from gateway.audit.keys import Signer
    from gateway.audit.log import AuditLog

    audit = settings.audit
    if not audit.enabled:
        return None
    keys = audit.path.with_name(audit.path.name + ".keys")
    signer = Signer.load_or_create(keys / "log.key", audit.origin)
    log = AuditLog.open(audit.path, origin=audit.origin, signer=signer, node=audit.node)

    async def append() -> None:
        try:
            for record in records(run):
                await log.append(record)
        finally:
            await log.close()

    asyncio.run(append())
    return audit.path


def statement(run: Run, finished: datetime | None = None) -> Mapping[str, Any]:
    """As :func:`statement_of`, of a run that just ended."""
    return statement_of(run.to_dict(), finished.isoformat(timespec="seconds") if finished else "")


def statement_of(document: Mapping[str, Any], finished: str = "") -> Mapping[str, Any]:
    """A run as an in-toto statement, to be signed by whoever answers for it.

    What is attested is the policy, where its digest is known (not behind an address, nor without one),
    and the classifiers that ran with it. Gates and suites are the configuration of the test. Only a run whose
    exit code is 0 is ``PASSED``, or ``WARNED`` where gates that decide are open and need not block: no clear
    answer is no pass. Advice that is not held or not shown is among ``warnedTests`` and changes no result.

    Args:
        document: the run, as ``run.json`` has it.
        finished: when it ended (RFC 3339); the subject ``run`` is annotated with it.
    """
    manifest, ruling = document["manifest"], document["ruling"]
    states = {state: [one["gate"] for one in ruling["gates"] if _state(one) == state] for state in _STATES}
    open_ = any(_state(one) == "inconclusive" and not _advises(one) for one in ruling["gates"])
    good = "WARNED" if open_ else "PASSED"
    return {
        "_type": STATEMENT,
        "subject": [*_subjects(manifest), _run(document, finished)],
        "predicateType": PREDICATE,
        "predicate": {
            "result": good if ruling["exit_code"] == 0 else "FAILED",
            "configuration": [
                _resource("gates", manifest["gates"]),
                *(_resource(f"suite/{name}", value) for name, value in manifest["suites"].items()),
            ],
            "passedTests": states["pass"],
            "warnedTests": states["inconclusive"],
            "failedTests": states["fail"],
        },
    }


_STATES = ("pass", "fail", "inconclusive")


def _state(gate: Mapping[str, Any]) -> str:
    """What the statement says of a gate. Advice that was not followed warns, whatever it says."""
    return "inconclusive" if _advises(gate) and gate["state"] == "fail" else str(gate["state"])


def _advises(gate: Mapping[str, Any]) -> bool:
    return bool(gate.get("asked", {}).get("advisory", False))


def _subjects(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if manifest["policy"].startswith(_SHA256):
        yield _resource("policy", manifest["policy"])
    for name, digest in manifest.get("classifiers", {}).items():
        yield _resource(f"classifier/{name}", digest)


def _run(document: Mapping[str, Any], finished: str) -> Mapping[str, Any]:
    run = _resource("run", document_digest(document))
    return {**run, "annotations": {"finished": finished}} if finished else run


def _resource(name: str, digest: str) -> Mapping[str, Any]:
    return {"name": name, "digest": {"sha256": digest.removeprefix(_SHA256)}}
