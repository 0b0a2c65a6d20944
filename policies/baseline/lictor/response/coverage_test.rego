package lictor.response_coverage_test

import rego.v1

import data.lictor.response

part(reason) := {"segment": "/part", "detector": "*", "state": "not_run", "reason": reason}

with_coverage(entries) := {
	"caller": {"tenant": "acme"},
	"coverage": entries,
	"exchange": {
		"body_bytes": 1,
		"destinations": [{"name": "a", "dialect": "b", "labels": {}}],
		"model": "gpt-4.1",
		"tools": [],
	},
	"findings": [],
	"segments": [],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "coverage.")}

test_everything_scanned if {
	facts := with_coverage([{"segment": "s0", "detector": "patterns", "state": "ok", "reason": ""}])
	rules(response.deny) == set() with input as facts
	rules(response.flag) == set() with input as facts
}

test_image_is_flagged if {
	facts := with_coverage([part("image")])
	rules(response.deny) == set() with input as facts
	rules(response.flag) == {"coverage.response_unscanned"} with input as facts
}

test_unknown_part_is_denied if {
	rules(response.deny) == {"coverage.response_unknown"} with input as with_coverage([part("unknown_part"), part("image")])
}

test_note_about_the_whole_stream_is_no_gap if {
	note := {"segment": "stream", "detector": "*", "state": "not_applicable", "reason": "buffered_whole"}
	rules(response.deny) == set() with input as with_coverage([note])
}
