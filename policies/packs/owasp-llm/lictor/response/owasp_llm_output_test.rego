package lictor.response_owasp_llm_output_test

import rego.v1

import data.lictor.response

settings := {"output": {"score": 0.5}}

answers(category, score) := {"findings": [{
	"id": "f0",
	"category": category,
	"label": "html",
	"role": "assistant",
	"score": score,
}]}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "owasp_llm.")}

test_unsafe_output_is_denied_from_its_score_on if {
	rules(response.deny) == {"owasp_llm.unsafe_output"} with input as answers("unsafe_output", 0.5)
		with data.settings.owasp_llm as settings
	rules(response.deny) == set() with input as answers("unsafe_output", 0.49)
		with data.settings.owasp_llm as settings
}

test_other_findings_are_not_unsafe_output if {
	rules(response.deny) == set() with input as answers("toxicity", 1) with data.settings.owasp_llm as settings
}
