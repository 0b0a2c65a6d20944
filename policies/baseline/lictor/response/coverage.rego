# What cannot be scanned is let through only when it is of a tolerated kind, and then it is on record.
package lictor.response

import rego.v1

import data.lictor.coverage

flag contains {
	"rule": "coverage.response_unscanned",
	"reason": "The response has parts of a known kind that are not scanned.",
} if {
	count(coverage.tolerated) > 0
}

deny contains {
	"rule": "coverage.response_unknown",
	"reason": "The response has parts that cannot be scanned and are not of a tolerated kind.",
} if {
	count(coverage.refused) > 0
}
