package lictor.request_owasp_llm_supply_test

import rego.v1

import data.lictor.request

to(labels) := {"exchange": {
	"destinations": [{"name": "a", "labels": each} | some each in labels],
	"parameters": {},
	"tools": [],
}}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "owasp_llm.")}

test_every_upstream_has_a_provider if {
	rules(request.flag) == set() with input as to([{"provider": "openai"}])
	rules(request.flag) == {"owasp_llm.unnamed_provider"} with input as to([{"provider": "openai"}, {}])
	rules(request.flag) == {"owasp_llm.unnamed_provider"} with input as to([{"provider": ""}])
}
