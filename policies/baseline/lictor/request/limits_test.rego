package lictor.request_limits_test

import rego.v1

import data.lictor.request

sized(kib, segments, kilocharacters) := {
	"caller": {"tenant": "acme"},
	"coverage": [],
	"exchange": {
		"destinations": [{"name": "a", "dialect": "b", "labels": {}}],
		"model": "",
		"tools": [],
	},
	"findings": [],
	"size": {"body_kib": kib, "segments": segments, "kilocharacters": kilocharacters},
}

small := {"body_kib": 100, "kilocharacters": 10, "segments": 2}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "limits.")}

test_within_all_limits if {
	rules(request.deny) == set() with input as sized(100, 2, 10)
		with data.settings.limits as small
}

test_body if {
	rules(request.deny) == {"limits.body"} with input as sized(101, 2, 10)
		with data.settings.limits as small
}

test_segments if {
	rules(request.deny) == {"limits.segments"} with input as sized(100, 3, 10)
		with data.settings.limits as small
}

test_text if {
	rules(request.deny) == {"limits.text"} with input as sized(100, 2, 11)
		with data.settings.limits as small
}
