# What a high-risk application sends must be seen as a whole.
package lictor.request

import rego.v1

import data.lictor.packs.eu_ai_act

deny contains {
	"rule": "eu_ai_act.unread",
	"reason": "A high-risk application sends parts that nothing here can check.",
	"controls": ["eu-ai-act:2024:art-15", "eu-ai-act:2024:art-26(5)"],
} if {
	eu_ai_act.high_risk
	count(eu_ai_act.unread) > 0
}
