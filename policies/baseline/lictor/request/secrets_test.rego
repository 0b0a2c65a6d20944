package lictor.request_secrets_test

import rego.v1

import data.lictor.request

goes(destinations) := {
	"caller": {"tenant": "acme"},
	"coverage": [],
	"exchange": {"body_bytes": 1, "destinations": destinations, "model": "", "tools": []},
	"findings": [{"id": "f7", "category": "secret", "label": "api_key", "score": 1}],
	"segments": [],
}

internal := {"name": "a", "dialect": "b", "labels": {"trust": "internal"}}

external := {"name": "c", "dialect": "b", "labels": {"region": "eu"}}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "secrets.")}

test_never_leaves if {
	rules(request.deny) == {"secrets.never_leave"} with input as goes([external])
}

test_one_external_destination_is_enough if {
	rules(request.deny) == {"secrets.never_leave"} with input as goes([internal, external])
}

test_no_destination_counts_as_external if {
	rules(request.deny) == {"secrets.never_leave"} with input as goes([])
}

test_masked_for_an_internal_model if {
	facts := goes([internal])
	rules(request.deny) == set() with input as facts
	some verdict in request.redact with input as facts
	verdict.rule == "secrets.masked"
	verdict.findings == ["f7"]
}
