# Statements that reduce people to a group. Only ever noted: whether one is wrong depends on its use.
package lictor.bias

import rego.v1

noted := sort([finding.id |
	some finding in input.findings
	finding.category == "bias"
	finding.score >= data.settings.bias.flag
])
