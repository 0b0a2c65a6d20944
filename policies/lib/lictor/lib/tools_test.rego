package lictor.lib.tools_test

import rego.v1

import data.lictor.lib.tools

table := {"delete": ["*delete*"], "read": ["get_*", "read*"], "write": ["*_file"]}

offering(names) := {"exchange": {"tools": names}}

test_globs_ignore_case if {
	tools.named(["read*"], "ReadFile")
	not tools.named(["read*"], "spread")
	not tools.named([], "read")
}

test_a_tool_may_be_of_several_classes if {
	tools.classes("delete_file") == {"delete", "write"} with data.settings.tool_classes as table
	tools.classes("ask") == set() with data.settings.tool_classes as table
}

test_tools_of_the_request if {
	facts := offering(["get_user", "ask"])
	tools.offered == {"get_user": {"read"}, "ask": set()} with input as facts with data.settings.tool_classes as table
	tools.unclassified == {"ask"} with input as facts with data.settings.tool_classes as table
	tools.kinds_offered == {"read"} with input as facts with data.settings.tool_classes as table
}

test_no_tools if {
	tools.offered == {} with input as offering([])
	tools.kinds_offered == set() with input as offering([])
}

test_shipped_classes if {
	tools.classes("get_weather") == {"read"}
	tools.classes("files__delete_file") == {"delete"}
	tools.classes("execute_sql") == {"execute"}
	tools.classes("python") == {"execute"}
	tools.classes("create_payment") == {"payment", "write"}
	tools.classes("send_email") == {"communicate"}
	tools.classes("ponder") == set()
}
