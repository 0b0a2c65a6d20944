"""Which policy decided when."""

from reports.context import Context
from reports.model import Row, Table
from reports.tables import capped, table
from reports.text import moment


def revisions(context: Context) -> tuple[Table, Table]:
    """The revisions that decided in the period, and what was loaded or rejected."""
    tally = context.tally
    names = {policy.revision: policy for policy in context.policies}
    rows = []
    for (revision,), support in tally.of("revision").items():
        first, last = tally.revisions.get(revision, (0, 0))
        policy = names.get(revision)
        known = f"{policy.name}, {len(policy.ids)} rules" if policy else "not at hand"
        rows.append(Row((revision, known, moment(first), moment(last), support.count), support))
    rows.sort(key=lambda row: (str(row.cells[2]), str(row.cells[0])))
    columns = ("revision", "bundle", "first decision", "last decision", "records")
    decided = capped("Policy revisions that decided", columns, rows)
    loaded = table("Bundles loaded or rejected", ("revision", "what became of it"), tally.of("bundle"))
    return decided, loaded
