# The tools that a request offers to a model.
package lictor.request

import rego.v1

import data.lictor.lib.tools
import data.lictor.packs.agent_tools

strip_tool contains {
	"rule": "agent_tools.withheld",
	"reason": "A tool of a class that the caller's roles may not hand out is taken out.",
	"controls": ["owasp-agentic:2026:ASI02", "owasp-agentic:2026:ASI03", "owasp-llm:2025:LLM06", "owasp-llm:2026:LLM03"],
	"tool": name,
} if {
	some name in agent_tools.withheld
}

require_approval contains {
	"rule": "agent_tools.approval",
	"reason": "The request offers tools that pay, delete or execute, and nobody has approved that.",
	"controls": ["owasp-agentic:2026:ASI02", "owasp-llm:2025:LLM06", "owasp-llm:2026:LLM03"],
} if {
	count(agent_tools.pending) > 0
}

flag contains {
	"rule": "agent_tools.unclassified",
	"reason": "The request offers tools whose names tell nothing about what they do.",
	"controls": ["owasp-agentic:2026:ASI02", "owasp-agentic:2026:ASI04"],
} if {
	count(tools.unclassified) > 0
}

deny contains {
	"rule": "agent_tools.too_many",
	"reason": "The request offers more tools than are served here.",
	"controls": ["owasp-llm:2025:LLM06", "owasp-llm:2026:LLM03"],
} if {
	count(input.exchange.tools) > data.settings.agent_tools.most
}
