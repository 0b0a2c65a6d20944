# Stereotypes in the words of the caller are noted.
package lictor.request

import rego.v1

import data.lictor.bias

flag contains {
	"rule": "bias.sent",
	"reason": "The request reduces people to a group.",
	"findings": bias.noted,
} if {
	count(bias.noted) > 0
}
