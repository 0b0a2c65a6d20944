# Tools that a tenant may offer to a model; others are taken out, or the call is denied.
package lictor.request

import rego.v1

import data.lictor.tenants

strip_tool contains {
	"rule": "tools.stripped",
	"reason": "A tool that the caller may not offer is taken out.",
	"controls": ["owasp-llm:2025:LLM06", "owasp-llm:2026:LLM03"],
	"tool": name,
} if {
	data.settings.tools.otherwise == "strip"
	some name in forbidden_tools
}

deny contains {
	"rule": "tools.not_allowed",
	"reason": "The request offers a tool that the caller may not use.",
	"controls": ["owasp-llm:2025:LLM06", "owasp-llm:2026:LLM03"],
} if {
	data.settings.tools.otherwise != "strip"
	count(forbidden_tools) > 0
}

forbidden_tools contains name if {
	some name in input.exchange.tools
	not tool_allowed(name)
}

tool_allowed(name) if {
	some pattern in tenants.setting(data.settings.tools.allow)
	glob.match(pattern, null, name)
}
