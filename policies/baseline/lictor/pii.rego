# Which findings count as personal data: by category, and sure enough for their label.
package lictor.pii

import rego.v1

import data.lictor.tenants

found := sort({id | some [id, _] in certain})

# Kinds of personal data that the caller's tenant must never send.
forbidden := sort({id |
	some [id, label] in certain
	label in tenants.setting(data.settings.pii.deny)
})

# Kinds in `leave` are no reason to act: without names, places and dates few requests keep their sense.
certain contains [finding.id, finding.label] if {
	some finding in input.findings
	finding.category == "pii"
	not finding.label in data.settings.pii.leave
	finding.score >= data.settings.pii.thresholds[finding.label]
}

certain contains [finding.id, finding.label] if {
	some finding in input.findings
	finding.category == "pii"
	not finding.label in data.settings.pii.leave
	not finding.label in object.keys(data.settings.pii.thresholds)
	finding.score >= data.settings.pii.threshold
}
