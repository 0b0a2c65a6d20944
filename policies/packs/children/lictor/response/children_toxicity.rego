# What a model says to minors is judged more strictly than the baseline does.
package lictor.response

import rego.v1

import data.lictor.packs.children

deny contains {
	"rule": "children.toxic_answered",
	"reason": "The answer is toxic in a way that is not served to somebody of this age.",
	"controls": ["eu-dsa:2022:art-28"],
	"findings": children.toxic,
} if {
	children.minor
	count(children.toxic) > 0
}

deny contains {
	"rule": "children.self_harm_answered",
	"reason": "The answer to a minor speaks of self-harm: people should answer, not a model.",
	"controls": ["eu-dsa:2022:art-28"],
	"findings": children.self_harm,
	"answer": data.settings.children.answer,
} if {
	children.minor
	count(children.self_harm) > 0
}
