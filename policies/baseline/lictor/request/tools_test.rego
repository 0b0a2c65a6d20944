package lictor.request_tools_test

import rego.v1

import data.lictor.request

offers(tools) := {
	"caller": {"tenant": "acme"},
	"coverage": [],
	"exchange": {
		"body_bytes": 1,
		"destinations": [{"name": "a", "dialect": "b", "labels": {}}],
		"model": "",
		"tools": tools,
	},
	"findings": [],
	"segments": [],
}

listed := {"*": ["*"], "acme": ["search", "read_*"]}

test_every_tool_is_allowed_at_first if {
	count(request.strip_tool) == 0 with input as offers(["anything"])
}

test_unlisted_tools_are_taken_out if {
	tools := {verdict.tool | some verdict in request.strip_tool} with input as offers(["search", "read_file", "shell"])
		with data.settings.tools.allow as listed
	tools == {"shell"}
}

test_data_can_ask_for_denial if {
	facts := offers(["search", "shell"])
	rules := {verdict.rule | some verdict in request.deny} with input as facts
		with data.settings.tools as {"allow": listed, "otherwise": "deny"}
	rules == {"tools.not_allowed"}
	count(request.strip_tool) == 0 with input as facts
		with data.settings.tools as {"allow": listed, "otherwise": "deny"}
}
