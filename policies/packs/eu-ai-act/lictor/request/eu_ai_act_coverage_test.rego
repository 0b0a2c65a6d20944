package lictor.request_eu_ai_act_coverage_test

import rego.v1

import data.lictor.request

sends(risk, entry) := {"caller": {"attributes": {"ai_act_risk": risk}}, "coverage": [entry]}

image := {"segment": "/messages/0/content/1", "detector": "*", "state": "not_run", "reason": "image"}

checked := {"segment": "*", "detector": "patterns", "state": "ok", "reason": ""}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "eu_ai_act.")}

test_a_high_risk_application_sends_nothing_unread if {
	rules(request.deny) == {"eu_ai_act.unread"} with input as sends("high", image)
	rules(request.deny) == set() with input as sends("high", checked)
}

test_others_may if {
	rules(request.deny) == set() with input as sends("limited", image)
}

test_a_note_about_the_stream_is_no_unread_part if {
	note := {"segment": "stream", "detector": "*", "state": "not_applicable", "reason": "buffered_whole"}
	rules(request.deny) == set() with input as sends("high", note)
}
