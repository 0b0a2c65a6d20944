# What cannot be scanned is let through only when it is of a tolerated kind, and then it is on record.
package lictor.request

import rego.v1

import data.lictor.coverage

flag contains {
	"rule": "coverage.unscanned",
	"reason": "The request has parts of a known kind that are not scanned.",
} if {
	count(coverage.tolerated) > 0
}

deny contains {
	"rule": "coverage.unknown",
	"reason": "The request has parts that cannot be scanned and are not of a tolerated kind.",
} if {
	count(coverage.refused) > 0
}
