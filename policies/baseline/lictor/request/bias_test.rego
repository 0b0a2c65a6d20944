package lictor.request_bias_test

import rego.v1

import data.lictor.request

says(category, label, score) := {
	"caller": {"tenant": "acme"},
	"coverage": [],
	"exchange": {
		"body_bytes": 1,
		"destinations": [{"name": "a", "dialect": "b", "labels": {}}],
		"model": "",
		"tools": [],
	},
	"findings": [{"id": "f0", "category": category, "label": label, "score": score, "role": "user"}],
	"segments": [],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "bias.")}

test_a_stereotype_is_flagged if {
	facts := says("bias", "bias", 0.8)
	rules(request.deny) == set() with input as facts
	rules(request.flag) == {"bias.sent"} with input as facts
}

test_doubtful_text_is_left_alone if {
	rules(request.flag) == set() with input as says("bias", "bias", 0.3)
}
