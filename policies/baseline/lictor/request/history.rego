# References to what cannot be seen here: noted, or denied where the settings say so.
package lictor.request

import rego.v1

import data.lictor.history

deny contains {
	"rule": "history.unseen",
	"reason": "The request refers to a conversation or a prompt that the provider keeps and that cannot be checked here.",
} if {
	count(history.unseen) > 0
	history.refused
}
