"""EU AI Act: a section for the technical file (Annex IV), instructions for the log (Articles 12 to 26)."""

from reports.builders.revisions import revisions
from reports.context import Context
from reports.frame import framed, narrowed
from reports.judge import section_of
from reports.model import Report, Section, Table
from reports.tables import pairs, table
from reports.text import moment

EDITIONS = (("eu-ai-act", "2024"),)

_LOGS = ("art-12(", "art-13(3)(f)", "art-19(", "art-21(", "art-26(")


def build(context: Context) -> Report:
    """The parts of a technical file that records can speak to."""
    catalogue = context.catalogue(*EDITIONS[0])
    small = narrowed(context, [catalogue])
    annex = [control for control in catalogue.controls if control.id.startswith("annex-iv")]
    logs = [control for control in catalogue.controls if control.id.startswith(_LOGS)]
    others = [control for control in catalogue.controls if control not in annex and control not in logs]
    sections = (
        section_of(small, catalogue, annex, "Technical file: Annex IV"),
        _system(small),
        section_of(small, catalogue, logs, "Logs: Articles 12, 13, 19, 21 and 26"),
        _instructions(small),
        section_of(small, catalogue, others, "Other articles"),
    )
    return framed(small, "eu-ai-act", "EU AI Act: technical file and logs", sections)


def _system(context: Context) -> Section:
    """Annex IV 1, 2(b) and 6, as far as traffic shows."""
    tally = context.tally
    tables = (
        table("Models asked for", ("model",), tally.of("model")),
        table("Upstreams that answered", ("upstream",), tally.of("upstream")),
        table("Rules that spoke", ("rule",), tally.of("rule")),
        *revisions(context),
    )
    text = ("What the file describes is the provider's to say. This is what was in use in the period.",)
    return Section("annex-iv-observed", "The system as observed", text, (), (), tables)


def _instructions(context: Context) -> Section:
    text = (
        (
            "Collecting. The gateway records each exchange twice without anybody's doing: a decision "
            "before anything goes to the provider, and an outcome at its end. A malformed request leaves "
            "one record of its refusal, and each run of a process one at its start and one at its end."
        ),
        (
            "Storing. The folder of the log is all of it: entries, hashes of a Merkle tree, and a signed "
            "checkpoint. Copy it as it is. Keep a checkpoint from time to time where the log's keeper "
            "cannot write: it excludes every history that does not extend it. Articles 19(1) and 26(6) "
            "ask for at least six months, and other law may ask for more; how long it is kept is the "
            "operator's to set."
        ),
        (
            "Interpreting. No text of prompts or answers is in a record. Findings say which detector saw "
            "what kind of thing where; coverage says which checks did not run and why; verdicts name the "
            "rule and its reason; the answer is what was enforced. A decision without an outcome means "
            "that the process stopped in between."
        ),
        "Verifying. The command is at the head of this report; it needs the files and the public key only.",
    )
    return Section("instructions", "Instructions for the log", text, (), (), (_extent(context),))


def _extent(context: Context) -> Table:
    verified = context.evidence.verified
    rows: list[tuple[str, str | int]] = [
        ("origin of the log", verified.origin),
        ("entries under the newest checkpoint", verified.size),
        ("first record", moment(verified.first_ms)),
        ("newest signed record", moment(verified.last_ms)),
        ("days between them", (verified.last_ms - verified.first_ms) // 86_400_000),
        ("format", "docs/spec/audit-log.md, version 1 (RFC 6962, C2SP tlog-tiles)"),
    ]
    return pairs("Extent of the log", ("of", "value"), rows)
