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

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "tools.")}

stripped := {verdict.tool | some verdict in request.strip_tool; verdict.rule == "tools.stripped"}

listed := {"*": ["*"], "acme": ["search", "read_*"]}

test_every_tool_is_allowed_at_first if {
	rules(request.strip_tool) == set() with input as offers(["anything"])
}

test_unlisted_tools_are_taken_out if {
	stripped == {"shell"} with input as offers(["search", "read_file", "shell"])
		with data.settings.tools.allow as listed
}

test_data_can_ask_for_denial if {
	facts := offers(["search", "shell"])
	rules(request.deny) == {"tools.not_allowed"} with input as facts
		with data.settings.tools as {"allow": listed, "otherwise": "deny"}
	rules(request.strip_tool) == set() with input as facts
		with data.settings.tools as {"allow": listed, "otherwise": "deny"}
}

test_listed_tools_are_no_reason_to_deny if {
	count(request.deny) == 0 with input as offers(["search", "read_file"])
		with data.settings.tools as {"allow": listed, "otherwise": "deny"}
}
