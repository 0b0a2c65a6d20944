package lictor.lib.destinations_test

import rego.v1

import data.lictor.lib.destinations

to(labels) := {"exchange": {"destinations": [{"name": sprintf("d%d", [index]), "labels": each} |
	some index, each in labels
]}}

asks(model, parameters) := {"exchange": {"model": model, "parameters": parameters}}

test_labels_of_all_destinations if {
	destinations.labels("region") == {"", "DE"} with input as to([{"region": "DE"}, {}])
}

test_every_destination_must_have_the_label if {
	destinations.all_labelled("region", ["DE", "FR"]) with input as to([{"region": "DE"}, {"region": "FR"}])
	not destinations.all_labelled("region", ["DE"]) with input as to([{"region": "DE"}, {"region": "FR"}])
	not destinations.all_labelled("region", ["DE"]) with input as to([{"region": "DE"}, {}])
	not destinations.all_labelled("region", ["DE"]) with input as to([])
}

test_outsiders_are_named if {
	destinations.outside("region", ["DE"]) == {"d1", "d2"} with input as to([{"region": "DE"}, {"region": "FR"}, {}])
}

test_external_unless_all_are_internal if {
	not destinations.external with input as to([{"trust": "internal"}])
	destinations.external with input as to([{"trust": "internal"}, {}])
	destinations.external with input as to([])
}

test_models_that_may_answer if {
	destinations.models == {"a", "b", "c"} with input as asks("a", {"fallbacks": "b,c"})
	destinations.models == {"x"} with input as asks("", {"models": "x"})
	destinations.models == set() with input as asks("", {})
}

test_every_model_must_be_named if {
	destinations.model_named(["gpt-*"]) with input as asks("gpt-4.1", {})
	not destinations.model_named(["gpt-*"]) with input as asks("gpt-4.1", {"fallbacks": "o3"})
}
