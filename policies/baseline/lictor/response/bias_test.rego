package lictor.response_bias_test

import rego.v1

import data.lictor.response

says(category, label, score) := {
	"caller": {"tenant": "acme"},
	"coverage": [],
	"exchange": {
		"body_bytes": 1,
		"destinations": [{"name": "a", "dialect": "b", "labels": {}}],
		"model": "gpt-4.1",
		"tools": [],
	},
	"findings": [{"id": "f0", "category": category, "label": label, "score": score, "role": "user"}],
	"segments": [],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "bias.")}

test_a_stereotype_is_flagged if {
	facts := says("bias", "bias", 0.8)
	rules(response.deny) == set() with input as facts
	rules(response.flag) == {"bias.answered"} with input as facts
}

test_doubtful_text_is_left_alone if {
	rules(response.flag) == set() with input as says("bias", "bias", 0.3)
}
