package lictor.request_history_test

import rego.v1

import data.lictor.request

referring(reason, trust) := {
	"caller": {"tenant": "acme"},
	"coverage": [{"segment": "/previous_response_id", "detector": "*", "state": "not_run", "reason": reason}],
	"exchange": {
		"body_bytes": 1,
		"destinations": [{"name": "a", "dialect": "b", "labels": {"trust": trust}}],
		"model": "",
		"tools": [],
	},
	"findings": [],
	"segments": [],
}

rules(set) := {verdict.rule | some verdict in set}

test_noted_at_first if {
	facts := referring("history_unseen", "external")
	count(request.deny) == 0 with input as facts
	rules(request.flag) == {"coverage.unscanned"} with input as facts
}

test_denied_for_outsiders if {
	facts := referring("history_unseen", "external")
	rules(request.deny) == {"history.unseen"} with input as facts with data.settings.history as {"deny": "external"}
}

test_own_upstreams_may_keep_it if {
	facts := referring("history_unseen", "internal")
	count(request.deny) == 0 with input as facts with data.settings.history as {"deny": "external"}
}

test_denied_everywhere if {
	facts := referring("template_unseen", "internal")
	rules(request.deny) == {"history.unseen"} with input as facts with data.settings.history as {"deny": "always"}
}

test_images_are_no_history if {
	facts := referring("image", "external")
	count(request.deny) == 0 with input as facts with data.settings.history as {"deny": "always"}
}
