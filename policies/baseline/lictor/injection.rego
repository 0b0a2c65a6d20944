# Attempts to talk a model out of its instructions, by how sure the classifier is.
# Only text that others than the operator wrote can be one: a system prompt gives instructions by right.
package lictor.injection

import rego.v1

suspected := attempts(data.settings.injection.flag)

certain := attempts(data.settings.injection.deny)

attempts(threshold) := sort([finding.id |
	some finding in input.findings
	finding.category == "injection"
	finding.score >= threshold
	finding.role in data.settings.injection.roles
])
