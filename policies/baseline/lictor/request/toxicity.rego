# Toxic text of the caller is noted; the kinds that the settings name are refused.
package lictor.request

import rego.v1

import data.lictor.toxicity

deny contains {
	"rule": "toxicity.sent_refused",
	"reason": "The request is toxic in a way that is not served here.",
	"findings": toxicity.refused,
} if {
	count(toxicity.refused) > 0
}

flag contains {
	"rule": "toxicity.sent",
	"reason": "The request is toxic.",
	"findings": toxicity.noted,
} if {
	count(toxicity.noted) > 0
}
