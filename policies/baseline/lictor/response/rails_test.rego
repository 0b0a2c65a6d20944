package lictor.response_rails_test

import rego.v1

import data.lictor.response

says(category) := {
	"caller": {"tenant": "acme"},
	"coverage": [],
	"exchange": {"destinations": []},
	"findings": [{
		"id": "f0",
		"detector": "rails.leaks",
		"category": category,
		"label": "internal_hosts",
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
