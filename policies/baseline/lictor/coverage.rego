# Parts that no detector here can read, by what they are.
package lictor.coverage

import rego.v1

unread contains entry.reason if {
	some entry in input.coverage
	entry.detector == "*"
	entry.state == "not_run"
}

tolerated contains reason if {
	some reason in unread
	reason in data.settings.coverage.flag
}

refused := unread - tolerated
