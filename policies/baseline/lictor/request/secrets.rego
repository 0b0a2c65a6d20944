# Credentials never leave. An internal model gets them masked, everything else gets nothing.
package lictor.request

import rego.v1

import data.lictor.secrets
import data.lictor.trust

deny contains {
	"rule": "secrets.never_leave",
	"reason": "The request carries a credential, which must not go to an external provider.",
	"controls": ["owasp-llm:2025:LLM02", "owasp-llm:2026:LLM02"],
	"findings": secrets.found,
} if {
	trust.external
	count(secrets.found) > 0
}

redact contains {
	"rule": "secrets.masked",
	"reason": "The request carries a credential, which is masked.",
	"controls": ["owasp-llm:2025:LLM02", "owasp-llm:2026:LLM02"],
	"findings": secrets.found,
	"with": "mask",
} if {
	not trust.external
	count(secrets.found) > 0
}
