package lictor.request_pii_test

import rego.v1

import data.lictor.request

finding(label, score) := {"id": "f0", "category": "pii", "label": label, "score": score}

carries(findings, trust) := {
	"caller": {"tenant": "acme"},
	"coverage": [],
	"exchange": {
		"body_bytes": 1,
		"destinations": [{"name": "a", "dialect": "b", "labels": {"trust": trust}}],
		"model": "",
		"tools": [],
	},
	"findings": findings,
	"segments": [],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "pii.")}

test_replaced_for_an_external_model if {
	some verdict in request.redact with input as carries([finding("email", 0.9)], "external")
	verdict.rule == "pii.replaced"
	verdict.findings == ["f0"]
	verdict["with"] == "placeholder"
}

test_flagged_for_an_internal_model if {
	facts := carries([finding("email", 0.9)], "internal")
	rules(request.redact) == set() with input as facts
	rules(request.flag) == {"pii.internal"} with input as facts
}

test_doubtful_finding_is_left_alone if {
	rules(request.redact) == set() with input as carries([finding("email", 0.2)], "external")
}

test_threshold_of_a_label_goes_first if {
	rules(request.redact) == set() with input as carries([finding("ip_address", 0.6)], "external")
}

test_forbidden_label_is_denied_everywhere if {
	rules(request.deny) == {"pii.forbidden"} with input as carries([finding("card", 1)], "internal")
		with data.settings.pii.deny as {"*": [], "acme": ["card"]}
}

test_other_categories_are_not_personal_data if {
	toxic := {"id": "f0", "category": "toxicity", "label": "insult", "score": 1}
	rules(request.redact) == set() with input as carries([toxic], "external")
}

test_kinds_to_leave_are_left if {
	rules(request.redact) == set() with input as carries([finding("LOCATION", 1)], "external")
	rules(request.redact) == {"pii.replaced"} with input as carries([finding("LOCATION", 1)], "external")
		with data.settings.pii.leave as []
}
