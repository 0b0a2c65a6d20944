# Whoever serves the model is part of the supply chain, and should be named.
package lictor.request

import rego.v1

import data.lictor.lib.destinations

flag contains {
	"rule": "owasp_llm.unnamed_provider",
	"reason": "The operator did not label who provides one of the upstreams that may answer.",
	"controls": ["owasp-llm:2025:LLM03", "owasp-llm:2026:LLM04"],
} if {
	"" in destinations.labels("provider")
}
