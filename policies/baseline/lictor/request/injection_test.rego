package lictor.request_injection_test

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

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "injection.")}

test_sure_is_denied if {
	facts := says("injection", "injection", 0.95)
	rules(request.deny) == {"injection.attempt"} with input as facts
	rules(request.flag) == {"injection.suspected"} with input as facts
}

test_suspected_is_flagged if {
	facts := says("injection", "injection", 0.6)
	rules(request.deny) == set() with input as facts
	rules(request.flag) == {"injection.suspected"} with input as facts
}

test_the_operator_may_give_instructions if {
	finding := {"id": "f0", "category": "injection", "label": "injection", "score": 1, "role": "system"}
	facts := object.union(says("injection", "injection", 1), {"findings": [finding]})
	rules(request.deny) == set() with input as facts
	rules(request.flag) == set() with input as facts
}

test_other_categories_are_no_injection if {
	rules(request.deny) == set() with input as says("toxicity", "toxicity", 1)
}
