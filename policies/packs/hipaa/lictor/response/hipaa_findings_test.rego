package lictor.response_hipaa_findings_test

import rego.v1

import data.lictor.response

answers(label, score) := {
	"caller": {"tenant": "clinic", "roles": []},
	"findings": [{"id": "f0", "category": "pii", "label": label, "role": "assistant", "score": score}],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "hipaa.")}

test_health_information_in_an_answer_is_on_record if {
	rules(response.flag) == {"hipaa.answered"} with input as answers("medical_record", 0.5)
		with data.settings.hipaa.threshold as 0.5
	rules(response.flag) == set() with input as answers("medical_record", 0.49)
		with data.settings.hipaa.threshold as 0.5
	rules(response.flag) == set() with input as answers("URL", 1)
}

test_only_the_tenants_that_it_is_for if {
	rules(response.flag) == set() with input as answers("medical_record", 1)
		with data.settings.hipaa.tenants as ["other"]
}
