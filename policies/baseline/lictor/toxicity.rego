# Toxic text: what is noted, and the kinds that are refused from their own score on.
package lictor.toxicity

import rego.v1

noted := sort([finding.id |
	some finding in input.findings
	finding.category == "toxicity"
	finding.score >= data.settings.toxicity.flag
])

refused := sort([finding.id |
	some finding in input.findings
	finding.category == "toxicity"
	finding.score >= data.settings.toxicity.deny[finding.label]
])
