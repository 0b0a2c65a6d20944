# People are told that a machine answers.
package lictor.response

import rego.v1

import data.lictor.packs.eu_ai_act

flag contains {
	"rule": "eu_ai_act.disclosure",
	"reason": "The answer goes to people and is labelled as made by a machine.",
	"controls": ["eu-ai-act:2024:art-50(1)"],
	"headers": {"x-ai-generated": "true"},
} if {
	eu_ai_act.public
}
