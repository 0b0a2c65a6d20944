# Toxic text of the model is noted; the kinds that the settings name are refused.
package lictor.response

import rego.v1

import data.lictor.toxicity

deny contains {
	"rule": "toxicity.answered_refused",
	"reason": "The response is toxic in a way that is not served here.",
	"findings": toxicity.refused,
} if {
	count(toxicity.refused) > 0
}

flag contains {
	"rule": "toxicity.answered",
	"reason": "The response is toxic.",
	"findings": toxicity.noted,
} if {
	count(toxicity.noted) > 0
}
