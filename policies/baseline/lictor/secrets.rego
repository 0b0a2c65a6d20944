# Which findings count as credentials.
package lictor.secrets

import rego.v1

found := sort([finding.id |
	some finding in input.findings
	finding.category == "secret"
	finding.score >= data.settings.secrets.threshold
])
