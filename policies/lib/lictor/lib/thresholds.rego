# Numbers from settings: which one holds for a caller, and which for a label.
package lictor.lib.thresholds

import rego.v1

import data.lictor.lib.callers

# of(table) is the entry for the caller: its tenant's, else its tier's, else everybody's.
# A table is {"*": 0.8, "tiers": {"gold": 0.9}, "tenants": {"acme": 0.7}}; only "*" must be there.
of(table) := object.get(
	object.get(table, "tenants", {}),
	input.caller.tenant,
	object.get(object.get(table, "tiers", {}), callers.tier, table["*"]),
)

# by_label(table, name) is the entry for a label, else the entry for all labels, "*". Without either it is
# undefined, and nothing reaches it.
by_label(table, name) := table[name]

by_label(table, name) := table["*"] if not name in object.keys(table)

# reached(table, name, score) holds when a finding with this label is at least as sure as the table asks.
reached(table, name, score) if score >= by_label(table, name)
