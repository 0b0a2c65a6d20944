package lictor.request_agent_tools_results_test

import rego.v1

import data.lictor.request

settings := {
	"dangerous": ["delete"],
	"most": 9,
	"results": {"alone": 0.7, "beside_danger": 0.4},
	"roles": {"*": ["delete", "read"]},
}

classes := {"names": {}, "words": {"delete": ["delete"], "get": ["read"]}}

says(category, role, score, tools) := {
	"caller": {"attributes": {}, "roles": []},
	"exchange": {"destinations": [], "parameters": {}, "tools": tools},
	"findings": [{"id": "f0", "category": category, "label": category, "role": role, "score": score}],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "agent_tools.")}

test_a_result_is_denied_from_its_score_on if {
	rules(request.deny) == {"agent_tools.result_injected"} with input as says("injection", "tool", 0.7, [])
		with data.settings.agent_tools as settings
	rules(request.deny) == set() with input as says("injection", "tool", 0.69, [])
		with data.settings.agent_tools as settings
}

test_beside_dangerous_tools_a_lower_score_is_enough if {
	facts := says("injection", "tool", 0.4, ["delete_user"])
	rules(request.deny) == {"agent_tools.result_doubtful"} with input as facts
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
	rules(request.deny) == set() with input as says("injection", "tool", 0.39, ["delete_user"])
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
	rules(request.deny) == set() with input as says("injection", "tool", 0.4, ["get_user"])
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
}

test_only_injection_and_only_from_tools if {
	rules(request.deny) == set() with input as says("injection", "user", 1, ["delete_user"])
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
	rules(request.deny) == set() with input as says("toxicity", "tool", 1, ["delete_user"])
		with data.settings.agent_tools as settings
		with data.settings.tool_classes as classes
}
