package lictor.request_eu_ai_act_use_test

import rego.v1

import data.lictor.request

by(attributes) := {"caller": {"attributes": attributes}, "coverage": []}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "eu_ai_act.")}

test_each_prohibited_practice_is_denied if {
	every practice in data.settings.eu_ai_act.prohibited {
		facts := by({"ai_act_practice": practice, "ai_act_risk": "minimal"})
		rules(request.deny) == {"eu_ai_act.prohibited_practice"} with input as facts
	}
	count(data.settings.eu_ai_act.prohibited) == 8
}

test_other_practices_are_not_prohibited if {
	rules(request.deny) == set() with input as by({"ai_act_practice": "translation", "ai_act_risk": "minimal"})
	rules(request.deny) == set() with input as by({"ai_act_risk": "minimal"})
}

test_the_risk_must_be_declared_in_known_words if {
	rules(request.flag) == {"eu_ai_act.undeclared_risk"} with input as by({})
	rules(request.flag) == {"eu_ai_act.undeclared_risk"} with input as by({"ai_act_risk": "none at all"})
	rules(request.flag) == set() with input as by({"ai_act_risk": "limited"})
	rules(request.flag) == set() with input as by({"ai_act_risk": "minimal"})
}

test_high_risk_use_is_on_record if {
	facts := by({"ai_act_risk": "high", "ai_act_oversight": "four_eyes"})
	rules(request.flag) == {"eu_ai_act.high_risk_use"} with input as facts
	rules(request.require_approval) == set() with input as facts
}

test_high_risk_without_oversight_is_held if {
	rules(request.require_approval) == {"eu_ai_act.oversight"} with input as by({"ai_act_risk": "high"})
	facts := by({"ai_act_risk": "high", "ai_act_oversight": "trust_me"})
	rules(request.require_approval) == {"eu_ai_act.oversight"} with input as facts
}

test_others_are_not_held if {
	rules(request.require_approval) == set() with input as by({"ai_act_risk": "limited"})
	rules(request.require_approval) == set() with input as by({})
}
