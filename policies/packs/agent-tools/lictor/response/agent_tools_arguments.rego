# What a model puts into the arguments of its tool calls.
package lictor.response

import rego.v1

import data.lictor.packs.agent_tools

deny contains {
	"rule": "agent_tools.argument_secret",
	"reason": "The model puts a credential into the arguments of a tool.",
	"controls": ["owasp-agentic:2026:ASI03", "owasp-llm:2025:LLM02", "owasp-llm:2026:LLM02"],
	"findings": agent_tools.secret_arguments,
} if {
	count(agent_tools.secret_arguments) > 0
}

deny contains {
	"rule": "agent_tools.argument_injected",
	"reason": "The model puts instructions for another model into the arguments of a tool.",
	"controls": ["owasp-agentic:2026:ASI07", "owasp-llm:2025:LLM05", "owasp-llm:2026:LLM10"],
	"findings": agent_tools.injected_arguments,
} if {
	count(agent_tools.injected_arguments) > 0
}

flag contains {
	"rule": "agent_tools.argument_personal",
	"reason": "The model puts personal data into the arguments of a tool.",
	"controls": ["owasp-agentic:2026:ASI02", "owasp-llm:2025:LLM02", "owasp-llm:2026:LLM02"],
	"findings": agent_tools.personal_arguments,
} if {
	count(agent_tools.personal_arguments) > 0
}
