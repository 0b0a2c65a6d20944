# Requests beyond what a sane client sends are denied before they cost anything.
package lictor.request

import rego.v1

deny contains {
	"rule": "limits.body",
	"reason": "The request body is larger than this gateway accepts.",
	"controls": ["owasp-llm:2025:LLM10", "owasp-llm:2026:LLM06"],
} if {
	input.size.body_kib > data.settings.limits.body_kib
}

deny contains {
	"rule": "limits.segments",
	"reason": "The request has more parts than this gateway accepts.",
	"controls": ["owasp-llm:2025:LLM10", "owasp-llm:2026:LLM06"],
} if {
	input.size.segments > data.settings.limits.segments
}

deny contains {
	"rule": "limits.text",
	"reason": "The request has more text than this gateway accepts.",
	"controls": ["owasp-llm:2025:LLM10", "owasp-llm:2026:LLM06"],
} if {
	input.size.kilocharacters > data.settings.limits.kilocharacters
}
