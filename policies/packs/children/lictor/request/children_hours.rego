# Hours at which minors are served, where the settings limit them.
package lictor.request

import rego.v1

import data.lictor.packs.children

deny contains {
	"rule": "children.outside_hours",
	"reason": "Somebody of this age is not served at this hour.",
	"controls": ["eu-dsa:2022:art-28"],
} if {
	children.hours_set
	children.limited
	not children.open
}
