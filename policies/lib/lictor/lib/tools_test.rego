package lictor.lib.tools_test

import rego.v1

import data.lictor.lib.tools

table := {
	"names": {"get_rid_of": ["delete"], "nothing": []},
	"words": {"delete": ["delete"], "get": ["read"], "file": ["read", "write"]},
}

offering(names) := {"exchange": {"tools": names}}

test_globs if {
	tools.named(["get_*", "read*"], "read_file")
	tools.named(["*"], "a/b.c")
	not tools.named(["read*"], "spread")
	not tools.named([], "read")
}

test_words_of_a_name if {
	every name in ["deleteFile", "delete_file", "fs.delete-file", "DELETE__FILE", "mcp/deleteFile2"] {
		"delete" in tools.words(name)
	}
	tools.words("getHTTPStatus2") == {"get", "httpstatus2"}
	not "delete" in tools.words("undeleted")
}

test_a_name_goes_before_its_words if {
	tools.classes("get_rid_of") == {"delete"} with data.settings.tool_classes as table
	tools.classes("nothing") == set() with data.settings.tool_classes as table
}

test_a_tool_may_be_of_several_classes if {
	tools.classes("delete_file") == {"delete", "read", "write"} with data.settings.tool_classes as table
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
