# What a rail blocks or a guard would refuse is refused, except for tenants that are trusted with it.
package lictor.response

import rego.v1

import data.lictor.rails

deny contains {
	"rule": "rails.answer_refused",
	"reason": "A rail or a guard does not let the answer pass.",
	"findings": rails.refused,
} if {
	count(rails.refused) > 0
}

flag contains {
	"rule": "rails.answer_noted",
	"reason": "A rail or a guard found something in the answer.",
	"findings": rails.noted,
} if {
	count(rails.noted) > 0
}

# Where a rail would put other words, nobody reads the old ones; the new ones are not taken over.
redact contains {
	"rule": "rails.answer_masked",
	"reason": "A rail would put other words in the place of these.",
	"findings": rails.changed,
	"with": "mask",
} if {
	count(rails.changed) > 0
}
