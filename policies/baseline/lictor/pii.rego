# Which findings count as personal data: by category, and sure enough for their label.
package lictor.pii

import rego.v1

import data.lictor.tenants

found := sort([finding.id | some finding in certain])

# Kinds of personal data that the caller's tenant must never send.
forbidden := sort([finding.id |
	some finding in certain
	finding.label in tenants.setting(data.settings.pii.deny)
])

# Kinds in `leave` are no reason to act: without names, places and dates few requests keep their sense.
certain contains finding if {
	some finding in input.findings
	finding.category == "pii"
	not finding.label in data.settings.pii.leave
	finding.score >= threshold(finding.label)
}

threshold(label) := object.get(data.settings.pii.thresholds, label, data.settings.pii.threshold)
