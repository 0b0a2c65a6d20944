# What minors say is judged more strictly than the baseline does, and self-harm gets an answer that helps.
package lictor.request

import rego.v1

import data.lictor.packs.children

deny contains {
	"rule": "children.toxic_sent",
	"reason": "The request is toxic in a way that is not served to somebody of this age.",
	"controls": ["eu-dsa:2022:art-28"],
	"findings": children.toxic,
} if {
	children.minor
	count(children.toxic) > 0
}

deny contains {
	"rule": "children.self_harm_sent",
	"reason": "The request of a minor speaks of self-harm: people should answer, not a model.",
	"controls": ["eu-dsa:2022:art-28"],
	"findings": children.self_harm,
	"answer": data.settings.children.answer,
} if {
	children.minor
	count(children.self_harm) > 0
}
