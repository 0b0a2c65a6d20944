# Personal data that the model introduced is masked before the caller sees it.
package lictor.response

import rego.v1

import data.lictor.pii

redact contains {
	"rule": "pii.introduced",
	"reason": "The model's answer carries personal data, which is masked.",
	"controls": ["owasp-llm:2025:LLM02", "owasp-llm:2026:LLM02"],
	"findings": pii.found,
	"with": data.settings.pii.with.response,
} if {
	count(pii.found) > 0
}
