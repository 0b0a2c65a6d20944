# Answers that must not reach a browser, a shell or a database as they are.
package lictor.response

import rego.v1

import data.lictor.packs.owasp_llm

deny contains {
	"rule": "owasp_llm.unsafe_output",
	"reason": "The answer carries what is unsafe to render or to run.",
	"controls": ["owasp-llm:2025:LLM05", "owasp-llm:2026:LLM10"],
	"findings": owasp_llm.unsafe_output,
} if {
	count(owasp_llm.unsafe_output) > 0
}
