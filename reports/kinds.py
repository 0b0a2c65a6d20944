"""Record types that reports know, and what it means when there are none of one."""

from collections.abc import Mapping

WRITTEN = frozenset({"open", "decision", "outcome", "refused", "bundle", "close"})
"""Types that the gateway writes today: the table of ``docs/spec/audit-log.md``."""

EXPECTED: Mapping[str, str] = {
    "approval": "no approval of a step of the policy is recorded",
    "bypass": "no bypass record: the log does not say that exchanges went unrecorded",
    "erasure": "no erasure request is recorded",
    "retention": "no pruning or retention step is recorded",
    "eval_run": "no evaluation run is recorded",
    "gate": "no release gate is recorded",
    "shadow": "no shadow comparison of policies is recorded",
    "judge": "no verdict of a judge is recorded",
    "access": "no access to stored content is recorded",
}
"""Types that the log's design foresees. A report counts them when they come and says so when they do not."""

OPTIONAL = frozenset({"heartbeat", "hold", "report"})
"""Types whose absence says nothing."""

KNOWN = WRITTEN | EXPECTED.keys() | OPTIONAL
