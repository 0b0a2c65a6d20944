package lictor.response_rails_test

import rego.v1

import data.lictor.response

says(category) := says_of("rails.leaks", category, "internal_hosts")

says_of(detector, category, label) := {
	"caller": {"tenant": "acme"},
	"coverage": [],
	"exchange": {"destinations": []},
	"findings": [{
		"id": "f0",
		"detector": detector,
		"category": category,
		"label": label,
		"score": 1.0,
		"role": "assistant",
	}],
	"segments": [],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "rails.")}

test_what_a_rail_blocks_is_refused if {
	rules(response.deny) == {"rails.answer_refused"} with input as says("rails")
}

test_what_a_rail_would_change_is_masked if {
	rules(response.deny) == set() with input as says("rails_change")
	rules(response.redact) == {"rails.answer_masked"} with input as says("rails_change")
}

test_what_a_guard_would_only_fix_is_noted if {
	noted := says_of("guard.code_names", "guard", "fix")
	rules(response.deny) == set() with input as noted
	rules(response.flag) == {"rails.answer_noted"} with input as noted
}

test_an_answer_without_findings_is_not_noted if {
	rules(response.flag) == set() with input as object.union(says("rails"), {"findings": []})
}
