"""A time stamping authority (RFC 3161): says when a checkpoint existed at the latest."""

from pathlib import Path

from gateway.audit.anchors.anchor import AnchorFault, Evidence, Subject
from gateway.audit.anchors.http import post
from gateway.audit.timestamps import StampError, request_for, stamped_at


class TimeStamp:
    """Has checkpoints' texts stamped; what comes back is checked before it is kept."""

    kind = "timestamp"

    def __init__(self, name: str, url: str, roots: Path | None = None) -> None:
        """With *roots* (PEM), the authority's certificate must lead to one of them."""
        self.name = name
        self._url = url
        self._roots = roots

    def attest(self, subject: Subject) -> Evidence:
        """Ask for a stamp. Raises AnchorFault when it is refused or proves nothing."""
        text = subject.text.encode()
        try:
            answer = post(self._url, request_for(text), "application/timestamp-query")
            if answer.status != 200:
                raise AnchorFault(f"{self._url}: HTTP {answer.status}")
            stamped_at(answer.body, text, [self._roots.read_bytes()] if self._roots else [])
        except StampError as error:
            raise AnchorFault(f"{self._url}: {error}") from error
        except OSError as error:
            raise AnchorFault(str(error)) from error
        return Evidence(files={f"{self.name}.tsr": answer.body})
