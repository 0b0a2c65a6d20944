# Credentials that appear in an answer are masked before the caller sees them.
package lictor.response

import rego.v1

import data.lictor.secrets

redact contains {
	"rule": "secrets.leaked",
	"reason": "The model's answer carries a credential, which is masked.",
	"controls": ["owasp-llm:2025:LLM02", "owasp-llm:2026:LLM02"],
	"findings": secrets.found,
	"with": "mask",
} if {
	count(secrets.found) > 0
}
