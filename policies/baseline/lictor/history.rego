# What the provider keeps and a request only refers to: earlier turns of a conversation, a stored prompt.
# Both were checked when they were sent, if they were sent through a gateway like this one.
package lictor.history

import rego.v1

import data.lictor.trust

kinds := {"history_unseen", "template_unseen"}

unseen contains entry.reason if {
	some entry in input.coverage
	entry.detector == "*"
	entry.reason in kinds
}

refused if data.settings.history.deny == "always"

refused if {
	data.settings.history.deny == "external"
	trust.external
}
