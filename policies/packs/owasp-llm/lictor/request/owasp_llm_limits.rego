# Requests that ask for more than an application should need.
package lictor.request

import rego.v1

import data.lictor.packs.owasp_llm

deny contains {
	"rule": "owasp_llm.output_length",
	"reason": "The request asks for a longer answer than is served here.",
	"controls": ["owasp-llm:2025:LLM10", "owasp-llm:2026:LLM06"],
} if {
	owasp_llm.most(data.settings.owasp_llm.limits.output_tokens_parameters) > data.settings.owasp_llm.limits.output_tokens
}

deny contains {
	"rule": "owasp_llm.many_answers",
	"reason": "The request asks for more answers at once than are served here.",
	"controls": ["owasp-llm:2025:LLM10", "owasp-llm:2026:LLM06"],
} if {
	owasp_llm.most(data.settings.owasp_llm.limits.answers_parameters) > data.settings.owasp_llm.limits.answers
}

flag contains {
	"rule": "owasp_llm.many_tools",
	"reason": "The request offers more tools than one task should need.",
	"controls": ["owasp-llm:2025:LLM06", "owasp-llm:2026:LLM03"],
} if {
	count(input.exchange.tools) > data.settings.owasp_llm.limits.tools
}
