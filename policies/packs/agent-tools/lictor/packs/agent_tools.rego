# Which tools a caller may hand to a model, and what came back from them. A tool's classes are told from its name by
# `lictor.lib.tools`; what a tool really does cannot be seen here.
package lictor.packs.agent_tools

import rego.v1

import data.lictor.lib.callers
import data.lictor.lib.tools

permitted contains class if some class in data.settings.agent_tools.roles["*"]

permitted contains class if {
	some role in input.caller.roles
	some class in data.settings.agent_tools.roles[role]
}

# Tools with a class that none of the caller's roles may hand out.
withheld contains name if {
	some name, kinds in tools.offered
	count(kinds - permitted) > 0
}

# Dangerous classes that remain offered, and that nobody has approved for this key for good.
pending := ((tools.kinds_offered & permitted) & dangerous) - callers.words("approved_tools")

dangerous contains class if some class in data.settings.agent_tools.dangerous

danger_offered if count(tools.kinds_offered & dangerous) > 0

# Injection in what tools brought back.
certain contains finding.id if {
	some finding in input.findings
	finding.category == "injection"
	finding.role == "tool"
	finding.score >= data.settings.agent_tools.results.alone
}

doubtful contains finding.id if {
	some finding in input.findings
	finding.category == "injection"
	finding.role == "tool"
	finding.score >= data.settings.agent_tools.results.beside_danger
}

# Segments that are arguments of the model's tool calls.
arguments contains segment.id if {
	some segment in input.segments
	segment.kind == "tool_arguments"
}

secret_arguments contains finding.id if {
	some finding in input.findings
	finding.category == "secret"
	finding.segment in arguments
	finding.score >= data.settings.agent_tools.arguments.secret
}

injected_arguments contains finding.id if {
	some finding in input.findings
	finding.category == "injection"
	finding.segment in arguments
	finding.score >= data.settings.agent_tools.arguments.injection
}

# Kinds that the baseline leaves alone are left alone here too.
personal_arguments contains finding.id if {
	some finding in input.findings
	finding.category == "pii"
	finding.segment in arguments
	not finding.label in data.settings.pii.leave
	finding.score >= data.settings.agent_tools.arguments.personal
}
