package lictor.request_rails_test

import rego.v1

import data.lictor.plan
import data.lictor.request

says(detector, category, label) := {
	"caller": {"tenant": "acme"},
	"coverage": [],
	"exchange": {
		"body_bytes": 1,
		"destinations": [{"name": "a", "dialect": "b", "labels": {}}],
		"model": "",
		"tools": [],
	},
	"findings": [{
		"id": "f0",
		"detector": detector,
		"category": category,
		"label": label,
		"score": 1.0,
		"role": "user",
	}],
	"segments": [],
}

# Of a bundle with packs, whose rules may speak beside these.
rules(set) := {verdict.rule |
	some verdict in set
	startswith(verdict.rule, "rails.")
}

blocked := says("rails.jailbreak", "rails", "shell_commands")

test_what_a_rail_blocks_is_refused if {
	rules(request.deny) == {"rails.refused"} with input as blocked
}

test_a_trusted_tenant_may_say_what_a_rail_blocks if {
	facts := blocked
	trust := {"acme": ["rails.jailbreak"]}
	count(rules(request.deny)) == 0 with input as facts with data.settings.rails.trust as trust
	rules(request.flag) == {"rails.noted"} with input as facts with data.settings.rails.trust as trust
}

test_trust_is_for_one_check_and_one_tenant if {
	rules(request.deny) == {"rails.refused"} with input as blocked
		with data.settings.rails.trust as {"acme": ["rails.leaks"], "other": ["rails.jailbreak"]}
}

test_what_a_guard_would_only_fix_is_noted if {
	facts := says("guard.code_names", "guard", "fix")
	count(rules(request.deny)) == 0 with input as facts
	rules(request.flag) == {"rails.noted"} with input as facts
}

test_what_a_guard_only_notes_can_be_refused if {
	rules(request.deny) == {"rails.refused"} with input as says("guard.code_names", "confidential", "code_name")
		with data.settings.rails.deny as ["rails", "confidential"]
}

test_where_a_guard_would_break_off_is_refused if {
	rules(request.deny) == {"rails.refused"} with input as says("guard.x", "guard", "exception")
}

test_what_a_guard_would_refrain_from_is_refused if {
	rules(request.deny) == {"rails.refused"} with input as says("guard.x", "guard", "refrain")
}

test_what_a_rail_would_take_out_is_masked if {
	rules(request.redact) == {"rails.masked"} with input as says("rails.jailbreak", "rails_change", "retrieval")
}

test_other_detectors_are_no_rails if {
	count(rules(request.flag)) == 0 with input as says("custom", "custom", "found")
}

test_guards_and_rails_are_planned_where_they_are if {
	planned := plan.detectors with input as {"installed": ["guard.code_names", "rails.jailbreak", "custom"]}
	{"guard.code_names", "rails.jailbreak"} & planned == {"guard.code_names", "rails.jailbreak"}
	not "custom" in planned
}
