package lictor.request_toxicity_test

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

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "toxicity.")}

test_toxic_text_is_flagged if {
	facts := says("toxicity", "insult", 0.8)
	rules(request.deny) == set() with input as facts
	rules(request.flag) == {"toxicity.sent"} with input as facts
}

test_a_threat_is_refused if {
	rules(request.deny) == {"toxicity.sent_refused"} with input as says("toxicity", "threat", 0.95)
}

test_kinds_to_refuse_are_settings if {
	facts := says("toxicity", "insult", 0.8)
	rules(request.deny) == {"toxicity.sent_refused"} with input as facts
		with data.settings.toxicity.deny as {"insult": 0.7}
}

test_doubtful_text_is_left_alone if {
	rules(request.flag) == set() with input as says("toxicity", "insult", 0.3)
}
