# What tools brought back may carry instructions that nobody here wrote.
package lictor.request

import rego.v1

import data.lictor.packs.agent_tools

deny contains {
	"rule": "agent_tools.result_injected",
	"reason": "A tool's result tries to override the model's instructions.",
	"controls": ["owasp-agentic:2026:ASI01", "owasp-llm:2025:LLM01", "owasp-llm:2026:LLM01"],
	"findings": agent_tools.certain,
} if {
	count(agent_tools.certain) > 0
}

deny contains {
	"rule": "agent_tools.result_doubtful",
	"reason": "A tool's result may try to override the model's instructions while dangerous tools are offered.",
	"controls": ["owasp-agentic:2026:ASI01", "owasp-agentic:2026:ASI02", "owasp-llm:2025:LLM01", "owasp-llm:2026:LLM01"],
	"findings": agent_tools.doubtful,
} if {
	count(agent_tools.doubtful) > 0
	agent_tools.danger_offered
}
