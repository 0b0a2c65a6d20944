# Where an exchange may go. An upstream is internal only when the operator labelled it so.
package lictor.trust

import rego.v1

external if {
	some destination in input.exchange.destinations
	object.get(destination.labels, "trust", "external") != "internal"
}

# Without a destination nothing is known of where the text ends up.
external if count(input.exchange.destinations) == 0
