# What a rail blocks or a guard would refuse is refused, except for tenants that are trusted with it.
package lictor.request

import rego.v1

import data.lictor.rails

deny contains {
	"rule": "rails.refused",
	"reason": "A rail or a guard does not let the request pass.",
	"findings": rails.refused,
} if {
	count(rails.refused) > 0
}

flag contains {
	"rule": "rails.noted",
	"reason": "A rail or a guard found something in the request.",
	"findings": rails.noted,
} if {
	count(rails.noted) > 0
}

# Where a rail would take words out of what a tool brought, the model does not read them.
redact contains {
	"rule": "rails.masked",
	"reason": "A rail would put other words in the place of these.",
	"findings": rails.changed,
	"with": "mask",
} if {
	count(rails.changed) > 0
}
