"""A start that required gates refuse leaves a record, like a reload that they refuse."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.audit.record import bundle_record
from gateway.policy.contents import BundleError
from gateway.policy.required import is_gate
from gateway.server.evidence import open_log
from gateway.server.settings import Settings


@contextmanager
def on_record(settings: Settings) -> Iterator[None]:
    """Record a refusal on its way to whoever tells it. Nothing is in force, so no revision is named."""
    try:
        yield
    except BundleError as refusal:
        if is_gate(refusal.rule) and settings.audit.enabled:
            log = open_log(settings)
            try:
                log.append_sync(bundle_record("", "", accepted=False, reason=f"start refused: {refusal}"))
            finally:
                log.close_sync()
        raise
