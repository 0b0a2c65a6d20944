package lictor.request_hipaa_coverage_test

import rego.v1

import data.lictor.request

sends(reasons, labels) := {
	"caller": {"tenant": "clinic", "roles": []},
	"coverage": [{"segment": "/x", "detector": "*", "state": "not_run", "reason": reason} | some reason in reasons],
	"exchange": {"destinations": [{"name": "a", "labels": labels}]},
	"findings": [],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "hipaa.")}

test_what_cannot_be_read_goes_to_associates_only if {
	rules(request.deny) == {"hipaa.unread"} with input as sends(["image"], {})
	rules(request.deny) == set() with input as sends(["image"], {"baa": "signed"})
	rules(request.deny) == set() with input as sends([], {})
}

test_only_the_tenants_that_it_is_for if {
	rules(request.deny) == set() with input as sends(["image"], {}) with data.settings.hipaa.tenants as ["other"]
}
