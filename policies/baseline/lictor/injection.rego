# Attempts to talk a model out of its instructions, by how sure the classifier is.
# Only text that others than the operator wrote can be one: a system prompt gives instructions by right.
package lictor.injection

import rego.v1

suspected := sort([finding.id |
	some finding in input.findings
	finding.category == "injection"
	finding.score >= data.settings.injection.flag
	finding.role in data.settings.injection.roles
])

certain := sort([finding.id |
	some finding in input.findings
	finding.category == "injection"
	finding.score >= data.settings.injection.deny
	finding.role in data.settings.injection.roles
])
