package lictor.request_agent_tools_offered_test

import rego.v1

import data.lictor.request

settings := {
	"dangerous": ["delete", "execute", "payment"],
	"most": 3,
	"roles": {"*": ["read", "write"], "finance": ["payment"], "operator": ["delete"]},
}

classes := {"names": {}, "words": {
	"delete": ["delete"],
	"file": ["write"],
	"get": ["read"],
	"pay": ["payment"],
}}

offers(tools, roles, attributes) := {
	"caller": {"attributes": attributes, "roles": roles},
	"exchange": {"destinations": [], "parameters": {}, "tools": tools},
	"findings": [],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "agent_tools.")}

stripped := {verdict.tool | some verdict in request.strip_tool; verdict.rule == "agent_tools.withheld"}

test_classes_of_no_role_are_withheld if {
	stripped == {"delete_user", "pay"} with input as offers(["get_user", "delete_user", "pay"], [], {})
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
	stripped == {"pay"} with input as offers(["get_user", "delete_user", "pay"], ["operator"], {})
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
}

test_one_class_of_several_is_enough if {
	stripped == {"delete_file"} with input as offers(["delete_file"], [], {})
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
}

test_roles_that_the_settings_do_not_know_add_nothing if {
	stripped == {"pay"} with input as offers(["pay"], ["clerk"], {})
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
}

test_dangerous_tools_that_remain_need_approval if {
	facts := offers(["pay"], ["finance"], {})
	rules(request.require_approval) == {"agent_tools.approval"} with input as facts
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
	stripped == set() with input as facts
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
}

test_withheld_tools_need_no_approval if {
	rules(request.require_approval) == set() with input as offers(["pay"], [], {})
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
}

test_harmless_tools_need_no_approval if {
	rules(request.require_approval) == set() with input as offers(["get_user"], ["finance"], {})
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
}

test_a_key_may_have_approval_for_good if {
	roles := ["finance", "operator"]
	rules(request.require_approval) == set() with input as offers(["pay"], roles, {"approved_tools": "payment"})
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
	facts := offers(["pay", "delete_user"], roles, {"approved_tools": "payment"})
	rules(request.require_approval) == {"agent_tools.approval"} with input as facts
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
}

test_names_that_tell_nothing_are_flagged if {
	rules(request.flag) == {"agent_tools.unclassified"} with input as offers(["ponder"], [], {})
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
	rules(request.flag) == set() with input as offers(["get_user"], [], {})
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
}

test_number_of_tools if {
	three := ["get_a", "get_b", "get_c"]
	rules(request.deny) == set() with input as offers(three, [], {}) with data.settings.agent_tools as settings
	rules(request.deny) == {"agent_tools.too_many"} with input as offers(array.concat(three, ["get_d"]), [], {})
		with data.settings.agent_tools as settings
}
