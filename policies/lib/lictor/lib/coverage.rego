# What was looked at, and what was not. Planned checks that did not finish are settled by the plan's `fail` before any
# rule counts; this is about parts that nothing here can read, and about checks that were not planned.
package lictor.lib.coverage

import rego.v1

# unread are the kinds of parts that nothing here can read, such as "image".
unread contains entry.reason if {
	some entry in input.coverage
	entry.detector == "*"
	entry.state == "not_run"
}

# ran(detector) holds when a detector finished on some segment. Without it, no finding means nothing.
ran(detector) if {
	some entry in input.coverage
	entry.detector == detector
	entry.state == "ok"
}
