# Requests beyond what a sane client sends are denied before they cost anything.
package lictor.request

import rego.v1

deny contains {
	"rule": "limits.body",
	"reason": "The request body is larger than this gateway accepts.",
	"controls": ["owasp-llm:2025:LLM10", "owasp-llm:2026:LLM06"],
} if {
	input.exchange.body_bytes > data.settings.limits.body_bytes
}

deny contains {
	"rule": "limits.segments",
	"reason": "The request has more parts than this gateway accepts.",
	"controls": ["owasp-llm:2025:LLM10", "owasp-llm:2026:LLM06"],
} if {
	count(input.segments) > data.settings.limits.segments
}

deny contains {
	"rule": "limits.characters",
	"reason": "The request has more text than this gateway accepts.",
	"controls": ["owasp-llm:2025:LLM10", "owasp-llm:2026:LLM06"],
} if {
	sum([segment.length | some segment in input.segments]) > data.settings.limits.characters
}
