# What the rules about the OWASP Top 10 for LLM applications look at.
package lictor.packs.owasp_llm

import rego.v1

# Injection in text that no caller typed: what tools, files and pages brought in.
smuggled contains finding.id if {
	some finding in input.findings
	finding.category == "injection"
	finding.role in data.settings.owasp_llm.injection.roles
	finding.score >= data.settings.owasp_llm.injection.score
}

# Credentials in the instructions, which a model can be talked into repeating.
hidden_secrets contains finding.id if {
	some finding in input.findings
	finding.category == "secret"
	finding.role in data.settings.owasp_llm.hidden.roles
	finding.score >= data.settings.owasp_llm.hidden.secret
}

# Personal data in the instructions; kinds that the baseline leaves alone are left alone here too.
hidden_personal contains finding.id if {
	some finding in input.findings
	finding.category == "pii"
	finding.role in data.settings.owasp_llm.hidden.roles
	not finding.label in data.settings.pii.leave
	finding.score >= data.settings.owasp_llm.hidden.personal
}

# What a validator of the operator calls unsafe to render or to run.
unsafe_output contains finding.id if {
	some finding in input.findings
	finding.category == "unsafe_output"
	finding.score >= data.settings.owasp_llm.output.score
}

# The largest number that a request gives for any of these parameters.
most(names) := max([value |
	some name in names
	value := input.exchange.parameters[name]
	is_number(value)
])
