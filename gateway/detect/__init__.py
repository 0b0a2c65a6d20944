"""Text in, findings out.

``default_detectors()`` gives what every installation has: ``patterns`` (personal data) and
``secrets`` (credentials), both served by one pass over the text. Classifiers and validators join
as further detectors without changing anything here; see :mod:`gateway.detect.detector`.
"""

from gateway.detect.battery import Battery, FamilyDetector
from gateway.detect.detector import BatchDetector, Detector, Incomplete, Report
from gateway.detect.patterns import PATTERNS
from gateway.detect.runner import Detection, Runner
from gateway.detect.secrets import SECRETS

__all__ = ["BatchDetector", "Detection", "Detector", "Incomplete", "Report", "Runner", "default_detectors"]

VERSION = "1"
"""Of the recognisers. It is recorded with every finding: raise it when an answer changes."""

_SPECIMENS = (
    "IBAN DE89 3704 0044 0532 0130 00, RIC 360426199101010071, NIK 3171011708450001, "
    "MyKad 770305-02-1234, EIN 04-2103594, phone +44 20 7946 0958"
)
"""Their validators read tables from disk when first used: at the start, not during a request."""


def default_detectors() -> tuple[Detector, ...]:
    """The detectors that need no model. Compiling them takes a moment: call once."""
    battery = Battery({"patterns": PATTERNS, "secrets": SECRETS})
    battery.examine(_SPECIMENS, ("patterns", "secrets"))
    return (
        FamilyDetector("patterns", VERSION, frozenset({"pii"}), battery),
        FamilyDetector("secrets", VERSION, frozenset({"secret"}), battery),
    )
