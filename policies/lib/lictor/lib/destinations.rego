# Where an exchange may go: every upstream that may receive it, by the labels that the operator gave it. A route with
# several upstreams may take any of them, so rules should ask of all.
package lictor.lib.destinations

import rego.v1

# labels(name) are the values of a label over all destinations; "" stands for one that lacks it.
labels(name) := {object.get(destination.labels, name, "") | some destination in input.exchange.destinations}

# all_labelled(name, allowed) holds when every destination has this label with one of the allowed values.
# Without a destination nothing is known, and it does not hold.
all_labelled(name, allowed) if {
	count(input.exchange.destinations) > 0
	count(labels(name) - {value | some value in allowed}) == 0
}

# outside(name, allowed) are the names of destinations whose label is missing or is not one of the allowed values.
outside(name, allowed) := {destination.name |
	some destination in input.exchange.destinations
	not object.get(destination.labels, name, "") in allowed
}

# external holds unless every destination is labelled `trust = "internal"`.
external if not all_labelled("trust", ["internal"])

# models are the models that may answer: the one asked for, those a request names in its place, those of a batch.
models contains input.exchange.model if input.exchange.model != ""

models contains model if some model in split(input.exchange.parameters.fallbacks, ",")

models contains model if some model in split(input.exchange.parameters.models, ",")

# model_named(globs) holds when every model that may answer fits one of the globs.
model_named(globs) if {
	every model in models {
		some pattern in globs
		glob.match(pattern, null, model)
	}
}
