# What declared guards and rails found. They only find: what follows is decided here. Findings go by their ids, so
# that none is new to these rules because of a score or a place that they do not ask for.
package lictor.rails

import rego.v1

import data.lictor.tenants

# A rail's finding is in a category of `deny`; a guard says in the category "guard" what it would have done.
found contains finding.id if {
	some finding in input.findings
	finding.category in data.settings.rails.deny
}

found contains finding.id if {
	some finding in input.findings
	finding.category == "guard"
	finding.label in data.settings.rails.actions
}

# Tenants whose work it is to say such things, and the checks that are only noted of them.
excused contains finding.id if {
	some finding in input.findings
	finding.id in found
	finding.detector in tenants.setting(data.settings.rails.trust)
}

refused := sort(found - excused)

# Everything else that a guard or rail says is on record.
noted := sort({finding.id |
	some finding in input.findings
	some prefix in data.settings.detectors.declared
	startswith(finding.detector, prefix)
	not finding.id in refused
})

# What a rail would say in other words.
changed := sort([finding.id | some finding in input.findings; finding.category == "rails_change"])
