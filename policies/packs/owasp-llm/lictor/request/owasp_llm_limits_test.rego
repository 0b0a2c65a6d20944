package lictor.request_owasp_llm_limits_test

import rego.v1

import data.lictor.request

settings := {"limits": {
	"answers": 4,
	"answers_parameters": ["n", "best_of"],
	"output_tokens": 100,
	"output_tokens_parameters": ["max_tokens", "max_output_tokens"],
	"tools": 2,
}}

asks(parameters) := {"exchange": {"parameters": parameters, "tools": [], "destinations": []}}

offers(tools) := {"exchange": {"parameters": {}, "tools": tools, "destinations": []}}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "owasp_llm.")}

test_length_of_the_answer if {
	rules(request.deny) == set() with input as asks({"max_tokens": 100}) with data.settings.owasp_llm as settings
	rules(request.deny) == {"owasp_llm.output_length"} with input as asks({"max_tokens": 101})
		with data.settings.owasp_llm as settings
}

test_the_largest_of_several_parameters_counts if {
	facts := asks({"max_tokens": 1, "max_output_tokens": 101})
	rules(request.deny) == {"owasp_llm.output_length"} with input as facts with data.settings.owasp_llm as settings
}

test_number_of_answers if {
	rules(request.deny) == set() with input as asks({"n": 4}) with data.settings.owasp_llm as settings
	rules(request.deny) == {"owasp_llm.many_answers"} with input as asks({"n": 5})
		with data.settings.owasp_llm as settings
}

test_what_is_no_number_is_not_compared if {
	rules(request.deny) == set() with input as asks({"n": "many", "max_tokens": null})
		with data.settings.owasp_llm as settings
}

test_nothing_asked_for if {
	rules(request.deny) == set() with input as asks({}) with data.settings.owasp_llm as settings
}

test_number_of_tools if {
	rules(request.flag) == set() with input as offers(["a", "b"]) with data.settings.owasp_llm as settings
	rules(request.flag) == {"owasp_llm.many_tools"} with input as offers(["a", "b", "c"])
		with data.settings.owasp_llm as settings
}
