package lictor.lib.coverage_test

import rego.v1

import data.lictor.lib.coverage

entry(detector, state, reason) := {"segment": "s0", "detector": detector, "state": state, "reason": reason}

of(entries) := {"coverage": entries}

test_parts_that_nothing_can_read if {
	coverage.unread == {"image"} with input as of([entry("*", "not_run", "image"), entry("patterns", "ok", "")])
	coverage.unread == set() with input as of([entry("patterns", "not_run", "not installed")])
	coverage.unread == set() with input as of([entry("*", "not_applicable", "buffered_whole")])
}

test_a_check_that_ran if {
	coverage.ran("patterns") with input as of([entry("patterns", "ok", "")])
	not coverage.ran("patterns") with input as of([entry("patterns", "timeout", "deadline")])
	not coverage.ran("classifiers") with input as of([entry("patterns", "ok", "")])
}
