# Which findings the rules act on.
package lictor.found

import rego.v1

secrets := sort([finding.id |
	some finding in input.findings
	finding.category == "secret"
])

cards := sort([finding.id |
	some finding in input.findings
	finding.label == "card"
])

addresses := sort([finding.id |
	some finding in input.findings
	finding.label == "email"
])
