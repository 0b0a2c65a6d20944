# Stereotypes in the words of the model are noted.
package lictor.response

import rego.v1

import data.lictor.bias

flag contains {
	"rule": "bias.answered",
	"reason": "The response reduces people to a group.",
	"findings": bias.noted,
} if {
	count(bias.noted) > 0
}
