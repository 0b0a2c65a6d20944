# Prompt injection is refused when the classifier is sure, and noted when it suspects one.
package lictor.request

import rego.v1

import data.lictor.injection

deny contains {
	"rule": "injection.attempt",
	"reason": "The request tries to override the model's instructions.",
	"controls": ["owasp-llm:2025:LLM01", "owasp-llm:2026:LLM01"],
	"findings": injection.certain,
} if {
	count(injection.certain) > 0
}

flag contains {
	"rule": "injection.suspected",
	"reason": "The request may try to override the model's instructions.",
	"controls": ["owasp-llm:2025:LLM01", "owasp-llm:2026:LLM01"],
	"findings": injection.suspected,
} if {
	count(injection.suspected) > 0
}
