# Personal data becomes placeholders before it leaves, and the caller gets it back in the answer. Labels that
# a tenant must never send are denied.
package lictor.request

import rego.v1

import data.lictor.pii
import data.lictor.trust

redact contains {
	"rule": "pii.replaced",
	"reason": "Personal data is replaced before it goes to an external provider.",
	"controls": ["owasp-llm:2025:LLM02", "owasp-llm:2026:LLM02"],
	"findings": pii.found,
	"with": data.settings.pii.with.request,
} if {
	trust.external
	count(pii.found) > 0
}

flag contains {
	"rule": "pii.internal",
	"reason": "Personal data goes to an internal model.",
	"controls": ["owasp-llm:2025:LLM02", "owasp-llm:2026:LLM02"],
	"findings": pii.found,
} if {
	not trust.external
	count(pii.found) > 0
}

deny contains {
	"rule": "pii.forbidden",
	"reason": "The caller's tenant must not send this kind of personal data.",
	"controls": ["owasp-llm:2025:LLM02", "owasp-llm:2026:LLM02"],
	"findings": pii.forbidden,
} if {
	count(pii.forbidden) > 0
}
