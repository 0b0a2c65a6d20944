# Which findings count as protected health information, and who may handle it. In the hands of those whom the pack is
# for, each identifier of 45 CFR 164.514(b)(2) may be part of it; whether a text speaks of health cannot be seen here.
package lictor.packs.hipaa

import rego.v1

import data.lictor.lib.callers
import data.lictor.lib.destinations

applies if "*" in data.settings.hipaa.tenants

applies if input.caller.tenant in data.settings.hipaa.tenants

# Label of each identifying finding, by the finding's id.
identifying[finding.id] := finding.label if {
	some finding in input.findings
	finding.category == "pii"
	finding.label in data.settings.hipaa.identifiers
	finding.score >= data.settings.hipaa.threshold
}

found := object.keys(identifying)

concerned if {
	count(found) > 0
	applies
}

# What the caller's roles do not need.
unnecessary := {id | some id, name in identifying; not name in permitted}

permitted contains name if some name in data.settings.hipaa.permitted["*"]

permitted contains name if {
	some role in input.caller.roles
	some name in data.settings.hipaa.permitted[role]
}

authorised if callers.has_role(data.settings.hipaa.roles)

# Identifiers of which a person has one: their number is about the number of people.
records := {id | some id, name in identifying; name in data.settings.hipaa.records}

associated if destinations.all_labelled("baa", ["signed"])

unread contains entry.reason if {
	some entry in input.coverage
	entry.detector == "*"
	entry.state == "not_run"
}
