# Attacks that come in through tools, and what should not stand in instructions.
package lictor.request

import rego.v1

import data.lictor.packs.owasp_llm

deny contains {
	"rule": "owasp_llm.indirect_injection",
	"reason": "Text that a tool brought in tries to override the model's instructions.",
	"controls": ["owasp-llm:2025:LLM01", "owasp-llm:2026:LLM01"],
	"findings": owasp_llm.smuggled,
} if {
	count(owasp_llm.smuggled) > 0
}

deny contains {
	"rule": "owasp_llm.hidden_secret",
	"reason": "The instructions carry a credential, which a model can be talked into repeating.",
	"controls": [
		"owasp-llm:2025:LLM02",
		"owasp-llm:2025:LLM07",
		"owasp-llm:2026:LLM02",
		"owasp-llm:2026:LLM08",
	],
	"findings": owasp_llm.hidden_secrets,
} if {
	count(owasp_llm.hidden_secrets) > 0
}

flag contains {
	"rule": "owasp_llm.hidden_personal",
	"reason": "The instructions carry personal data, which a model can be talked into repeating.",
	"controls": [
		"owasp-llm:2025:LLM02",
		"owasp-llm:2025:LLM07",
		"owasp-llm:2026:LLM02",
		"owasp-llm:2026:LLM08",
	],
	"findings": owasp_llm.hidden_personal,
} if {
	count(owasp_llm.hidden_personal) > 0
}
