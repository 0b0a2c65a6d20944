package lictor.response_eu_ai_act_bias_test

import rego.v1

import data.lictor.response

answers(risk, category, score) := {
	"caller": {"attributes": {"ai_act_risk": risk, "audience": "employees"}},
	"findings": [{"id": "f0", "category": category, "label": "bias", "role": "assistant", "score": score}],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "eu_ai_act.")}

test_bias_of_a_high_risk_application_is_on_record_from_its_score_on if {
	rules(response.flag) == {"eu_ai_act.bias_observed"} with input as answers("high", "bias", 0.5)
		with data.settings.eu_ai_act.bias as 0.5
	rules(response.flag) == set() with input as answers("high", "bias", 0.49)
		with data.settings.eu_ai_act.bias as 0.5
}

test_other_findings_and_other_applications if {
	rules(response.flag) == set() with input as answers("high", "toxicity", 1)
	rules(response.flag) == set() with input as answers("limited", "bias", 1)
}
