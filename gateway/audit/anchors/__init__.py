"""Anchors: places outside the log where its checkpoints are attested. One a file.

An anchor gets a checkpoint and brings back evidence, which stays beside the log under ``anchors/``:

* ``<size>.note``: the checkpoint, with the cosignatures of witnesses under it;
* ``<size>.<anchor>.tsr``: a time stamp of its text;
* ``state.json``: what each anchor last did.

What leaves evidence elsewhere (a folder, a repository) is shown to the verifier from there.
"""

from gateway.audit.anchors.anchor import Anchor, AnchorFault, Evidence, Subject
from gateway.audit.anchors.anchorer import Anchorer, Job
from gateway.audit.anchors.directory import Directory
from gateway.audit.anchors.git import Git
from gateway.audit.anchors.timestamp import TimeStamp
from gateway.audit.anchors.witness import WitnessAnchor

__all__ = [
    "Anchor",
    "AnchorFault",
    "Anchorer",
    "Directory",
    "Evidence",
    "Git",
    "Job",
    "Subject",
    "TimeStamp",
    "WitnessAnchor",
]
