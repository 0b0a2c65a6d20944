"""Time stamps by OpenSSL's authority."""

import time
from pathlib import Path

import pytest

from gateway.audit.anchors import (
    AnchorFault,
    TimeStamp,
)
from gateway.audit.timestamps import StampError, stamped_at
from tests.audit.anchors.authority import Authority
from tests.audit.anchors.grown import Grown, needs_openssl


@needs_openssl
def test_a_time_stamp(log: Grown, authority: Authority) -> None:
    pytest.importorskip("rfc3161_client")
    subject = log.subject()
    before = int(time.time())
    with authority.serving() as url:
        evidence = TimeStamp("tsa", url, authority.root).attest(subject)
    stamp = evidence.files["tsa.tsr"]
    at = stamped_at(stamp, subject.text.encode(), [authority.root.read_bytes()])
    assert before - 1 <= at <= time.time() + 1
    with pytest.raises(StampError, match="something else"):
        stamped_at(stamp, b"another text", [authority.root.read_bytes()])
    with pytest.raises(StampError, match="not a granted time stamp"):
        stamped_at(stamp[:100], subject.text.encode(), [])


@needs_openssl
def test_a_time_stamp_of_an_untrusted_authority(log: Grown, authority: Authority, tmp_path: Path) -> None:
    pytest.importorskip("rfc3161_client")
    other = Authority(tmp_path)
    with authority.serving() as url, pytest.raises(AnchorFault, match="not by a trusted authority"):
        TimeStamp("tsa", url, other.root).attest(log.subject())


@needs_openssl
def test_a_refusal_is_no_time_stamp(log: Grown, authority: Authority) -> None:
    pytest.importorskip("rfc3161_client")
    refusal = authority.answer(b"nonsense")
    with pytest.raises(StampError, match="not a granted time stamp"):
        stamped_at(refusal, log.subject().text.encode(), [])
