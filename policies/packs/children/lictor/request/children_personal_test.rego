package lictor.request_children_personal_test

import rego.v1

import data.lictor.request

settings := {
	"below": {"child": 13, "teen": 18},
	"leave": ["URL"],
	"personal": 0.5,
	"unknown": "child",
	"with": "mask",
}

carries(attributes, label, score) := {
	"caller": {"attributes": attributes},
	"findings": [{"id": "f0", "category": "pii", "label": label, "role": "user", "score": score}],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "children.")}

test_personal_data_of_minors_is_taken_out_from_its_score_on if {
	every attributes in [{}, {"age": "12"}, {"age": "17"}] {
		rules(request.redact) == {"children.personal"} with input as carries(attributes, "email", 0.5)
			with data.settings.children as settings
		rules(request.redact) == set() with input as carries(attributes, "email", 0.49)
			with data.settings.children as settings
	}
}

test_for_good if {
	some verdict in request.redact with input as carries({}, "email", 1) with data.settings.children as settings
	verdict.rule == "children.personal"
	verdict["with"] == "mask"
	verdict.findings == {"f0"}
}

test_adults_and_other_kinds_are_the_baselines_business if {
	rules(request.redact) == set() with input as carries({"age": "18"}, "email", 1)
		with data.settings.children as settings
	rules(request.redact) == set() with input as carries({}, "URL", 1) with data.settings.children as settings
}
