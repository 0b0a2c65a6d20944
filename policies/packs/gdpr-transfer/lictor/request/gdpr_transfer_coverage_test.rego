package lictor.request_gdpr_transfer_coverage_test

import rego.v1

import data.lictor.request

sends(reasons, labels) := {
	"caller": {"attributes": {}},
	"coverage": [{"segment": "/x", "detector": "*", "state": "not_run", "reason": reason} | some reason in reasons],
	"exchange": {"destinations": [{"name": "a", "labels": labels}]},
	"findings": [],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "gdpr_transfer.")}

test_what_cannot_be_read_goes_where_personal_data_may_go if {
	every labels in [{"region": "DE"}, {"region": "CH"}, {"region": "IN", "transfer": "scc"}] {
		rules(request.deny) == set() with input as sends(["image"], labels)
	}
	every labels in [{}, {"region": "IN"}] {
		rules(request.deny) == {"gdpr_transfer.unread"} with input as sends(["image"], labels)
		rules(request.deny) == set() with input as sends([], labels)
	}
}
