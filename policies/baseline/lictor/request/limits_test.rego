package lictor.request_limits_test

import rego.v1

import data.lictor.request

sized(bytes, lengths) := {
	"caller": {"tenant": "acme"},
	"coverage": [],
	"exchange": {
		"body_bytes": bytes,
		"destinations": [{"name": "a", "dialect": "b", "labels": {}}],
		"model": "gpt-4.1",
		"tools": [],
	},
	"findings": [],
	"segments": [{"id": sprintf("s%d", [i]), "length": length} | some i, length in lengths],
}

small := {"body_bytes": 100, "characters": 10, "segments": 2}

rules(set) := {verdict.rule | some verdict in set}

test_within_all_limits if {
	count(request.deny) == 0 with input as sized(100, [4, 6])
		with data.settings.limits as small
}

test_body if {
	rules(request.deny) == {"limits.body"} with input as sized(101, [4, 6])
		with data.settings.limits as small
}

test_segments if {
	rules(request.deny) == {"limits.segments"} with input as sized(100, [1, 1, 1])
		with data.settings.limits as small
}

test_characters if {
	rules(request.deny) == {"limits.characters"} with input as sized(100, [5, 6])
		with data.settings.limits as small
}
