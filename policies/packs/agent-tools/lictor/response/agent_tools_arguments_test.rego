package lictor.response_agent_tools_arguments_test

import rego.v1

import data.lictor.response

settings := {"arguments": {"injection": 0.5, "personal": 0.7, "secret": 0.6}}

answers(kind, category, score) := {
	"findings": [{
		"id": "f0",
		"category": category,
		"label": "x",
		"role": "assistant",
		"score": score,
		"segment": "s0",
	}],
	"segments": [{"id": "s0", "kind": kind}, {"id": "s1", "kind": "tool_arguments"}],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "agent_tools.")}

test_credentials_are_denied_from_their_score_on if {
	rules(response.deny) == {"agent_tools.argument_secret"} with input as answers("tool_arguments", "secret", 0.6)
		with data.settings.agent_tools as settings
	rules(response.deny) == set() with input as answers("tool_arguments", "secret", 0.59)
		with data.settings.agent_tools as settings
}

test_injection_is_denied_from_its_score_on if {
	rules(response.deny) == {"agent_tools.argument_injected"} with input as answers("tool_arguments", "injection", 0.5)
		with data.settings.agent_tools as settings
	rules(response.deny) == set() with input as answers("tool_arguments", "injection", 0.49)
		with data.settings.agent_tools as settings
}

test_personal_data_is_flagged_from_its_score_on if {
	rules(response.flag) == {"agent_tools.argument_personal"} with input as answers("tool_arguments", "pii", 0.7)
		with data.settings.agent_tools as settings
	rules(response.flag) == set() with input as answers("tool_arguments", "pii", 0.69)
		with data.settings.agent_tools as settings
	rules(response.flag) == set() with input as answers("tool_arguments", "pii", 1)
		with data.settings.agent_tools as settings
		with data.settings.pii.leave as ["x"]
}

test_text_is_the_baselines_business if {
	every category in ["secret", "injection", "pii"] {
		rules(response.deny | response.flag) == set() with input as answers("text", category, 1)
			with data.settings.agent_tools as settings
	}
}
