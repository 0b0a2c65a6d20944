# Bias in the answers of a high-risk application is on record, for those who monitor it.
package lictor.response

import rego.v1

import data.lictor.packs.eu_ai_act

flag contains {
	"rule": "eu_ai_act.bias_observed",
	"reason": "An answer of a high-risk application reduces people to a group.",
	"controls": ["eu-ai-act:2024:art-26(5)", "eu-ai-act:2024:art-72"],
	"findings": eu_ai_act.biased,
} if {
	eu_ai_act.high_risk
	count(eu_ai_act.biased) > 0
}
