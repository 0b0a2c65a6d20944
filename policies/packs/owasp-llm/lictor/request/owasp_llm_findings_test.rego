package lictor.request_owasp_llm_findings_test

import rego.v1

import data.lictor.request

settings := {
	"hidden": {"personal": 0.7, "roles": ["developer", "system"], "secret": 0.5},
	"injection": {"roles": ["tool"], "score": 0.7},
}

says(category, label, role, score) := {"findings": [{
	"id": "f0",
	"category": category,
	"label": label,
	"role": role,
	"score": score,
}]}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "owasp_llm.")}

test_injection_from_a_tool_is_denied_from_its_score_on if {
	rules(request.deny) == {"owasp_llm.indirect_injection"} with input as says("injection", "injection", "tool", 0.7)
		with data.settings.owasp_llm as settings
	rules(request.deny) == set() with input as says("injection", "injection", "tool", 0.69)
		with data.settings.owasp_llm as settings
}

test_injection_names_its_finding if {
	some verdict in request.deny with input as says("injection", "injection", "tool", 0.8)
		with data.settings.owasp_llm as settings
	verdict.rule == "owasp_llm.indirect_injection"
	verdict.findings == {"f0"}
}

test_what_the_caller_types_is_the_baselines_business if {
	rules(request.deny) == set() with input as says("injection", "injection", "user", 0.8)
		with data.settings.owasp_llm as settings
}

test_a_credential_in_the_instructions_is_denied_from_its_score_on if {
	some role in ["system", "developer"]
	rules(request.deny) == {"owasp_llm.hidden_secret"} with input as says("secret", "jwt", role, 0.5)
		with data.settings.owasp_llm as settings
	rules(request.deny) == set() with input as says("secret", "jwt", role, 0.49)
		with data.settings.owasp_llm as settings
}

test_a_credential_elsewhere_is_the_baselines_business if {
	rules(request.deny) == set() with input as says("secret", "jwt", "user", 1)
		with data.settings.owasp_llm as settings
}

test_personal_data_in_the_instructions_is_flagged_from_its_score_on if {
	rules(request.flag) == {"owasp_llm.hidden_personal"} with input as says("pii", "email", "system", 0.7)
		with data.settings.owasp_llm as settings
	rules(request.flag) == set() with input as says("pii", "email", "system", 0.69)
		with data.settings.owasp_llm as settings
	rules(request.flag) == set() with input as says("pii", "email", "user", 1)
		with data.settings.owasp_llm as settings
}

test_kinds_that_are_left_alone_are_left_alone_here_too if {
	rules(request.flag) == set() with input as says("pii", "PERSON", "system", 1)
		with data.settings.owasp_llm as settings
		with data.settings.pii.leave as ["PERSON"]
}
