package lictor.response_pii_test

import rego.v1

import data.lictor.response

answers(score) := {
	"caller": {"tenant": "acme"},
	"coverage": [],
	"findings": [{"id": "f3", "category": "pii", "label": "email", "score": score}],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "pii.")}

test_introduced_by_the_model_is_masked if {
	some verdict in response.redact with input as answers(0.9)
	verdict.rule == "pii.introduced"
	verdict.findings == ["f3"]
	verdict["with"] == "mask"
}

test_doubtful_finding_is_left_alone if {
	rules(response.redact) == set() with input as answers(0.1)
}
