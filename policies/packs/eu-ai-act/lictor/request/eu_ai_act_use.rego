# What an application may be used for, by what its operator declared.
package lictor.request

import rego.v1

import data.lictor.packs.eu_ai_act

deny contains {
	"rule": "eu_ai_act.prohibited_practice",
	"reason": "The application is declared to be used for a practice that the AI Act prohibits.",
	"controls": ["eu-ai-act:2024:art-5"],
} if {
	eu_ai_act.prohibited
}

flag contains {
	"rule": "eu_ai_act.undeclared_risk",
	"reason": "The application's risk under the AI Act is not declared.",
	"controls": ["eu-ai-act:2024:art-6"],
} if {
	eu_ai_act.undeclared
}

flag contains {
	"rule": "eu_ai_act.high_risk_use",
	"reason": "The application is declared high-risk: this record belongs to its logs.",
	"controls": ["eu-ai-act:2024:art-12", "eu-ai-act:2024:art-26(6)"],
} if {
	eu_ai_act.high_risk
}

require_approval contains {
	"rule": "eu_ai_act.oversight",
	"reason": "A high-risk application without a declared measure of human oversight needs somebody's approval.",
	"controls": ["eu-ai-act:2024:art-14", "eu-ai-act:2024:art-26(2)"],
} if {
	eu_ai_act.high_risk
	not eu_ai_act.overseen
}
