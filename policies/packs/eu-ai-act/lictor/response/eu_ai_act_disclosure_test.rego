package lictor.response_eu_ai_act_disclosure_test

import rego.v1

import data.lictor.response

by(attributes) := {"caller": {"attributes": attributes}}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "eu_ai_act.")}

test_people_are_told if {
	rules(response.flag) == {"eu_ai_act.disclosure"} with input as by({"audience": "customers"})
	rules(response.flag) == {"eu_ai_act.disclosure"} with input as by({})
}

test_the_label_is_a_header if {
	some verdict in response.flag with input as by({})
	verdict.rule == "eu_ai_act.disclosure"
	verdict.headers == {"x-ai-generated": "true"}
}

test_those_inside_know if {
	every audience in ["employees", "machine", "test"] {
		rules(response.flag) == set() with input as by({"audience": audience})
	}
}
