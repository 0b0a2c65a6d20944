package lictor.response_toxicity_test

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

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "toxicity.")}

test_toxic_text_is_flagged if {
	facts := says("toxicity", "insult", 0.8)
	rules(response.deny) == set() with input as facts
	rules(response.flag) == {"toxicity.answered"} with input as facts
}

test_a_threat_is_refused if {
	rules(response.deny) == {"toxicity.answered_refused"} with input as says("toxicity", "threat", 0.95)
}

test_kinds_to_refuse_are_settings if {
	facts := says("toxicity", "insult", 0.8)
	rules(response.deny) == {"toxicity.answered_refused"} with input as facts
		with data.settings.toxicity.deny as {"insult": 0.7}
}

test_doubtful_text_is_left_alone if {
	rules(response.flag) == set() with input as says("toxicity", "insult", 0.3)
}
