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

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "history.")}

test_noted_at_first if {
	facts := referring("history_unseen", "external")
	rules(request.deny) == set() with input as facts
	some verdict in request.flag with input as facts
	verdict.rule == "coverage.unscanned"
}

test_denied_for_outsiders if {
	facts := referring("history_unseen", "external")
	rules(request.deny) == {"history.unseen"} with input as facts with data.settings.history as {"deny": "external"}
}

test_own_upstreams_may_keep_it if {
	facts := referring("history_unseen", "internal")
	rules(request.deny) == set() with input as facts with data.settings.history as {"deny": "external"}
}

test_denied_everywhere if {
	facts := referring("template_unseen", "internal")
	rules(request.deny) == {"history.unseen"} with input as facts with data.settings.history as {"deny": "always"}
}

test_images_are_no_history if {
	facts := referring("image", "external")
	rules(request.deny) == set() with input as facts with data.settings.history as {"deny": "always"}
}
