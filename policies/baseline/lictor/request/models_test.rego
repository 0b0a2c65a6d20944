package lictor.request_models_test

import rego.v1

import data.lictor.request

asks(model) := {
	"caller": {"tenant": "acme"},
	"coverage": [],
	"exchange": {
		"body_bytes": 1,
		"destinations": [{"name": "a", "dialect": "b", "labels": {}}],
		"model": model,
		"tools": [],
	},
	"findings": [],
	"segments": [],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "models.")}

test_common_model_is_allowed if {
	rules(request.deny) == set() with input as asks("gpt-4.1-mini")
		with data.settings.models as {"*": ["gpt-*"]}
}

test_unlisted_model_is_denied if {
	rules(request.deny) == {"models.not_allowed"} with input as asks("unheard-of")
}

test_endpoint_without_a_model_is_not_judged if {
	rules(request.deny) == set() with input as asks("")
}

test_tenant_list_replaces_the_common_one if {
	rules(request.deny) == {"models.not_allowed"} with input as asks("gpt-4.1-mini")
		with data.settings.models as {"*": ["gpt-*"], "acme": ["claude-*"]}
}

test_pattern_crosses_slashes if {
	rules(request.deny) == set() with input as asks("org/model")
		with data.settings.models as {"*": ["org*"]}
}

test_fallback_models_are_judged_too if {
	asked := asks("gpt-4.1-mini")
	with_fallbacks := object.union(asked, {"exchange": object.union(
		asked.exchange,
		{"parameters": {"fallbacks": "gpt-4.1,unheard-of"}},
	)})
	rules(request.deny) == {"models.not_allowed"} with input as with_fallbacks
		with data.settings.models as {"*": ["gpt-*"]}
}

test_models_of_a_batch_are_judged if {
	asked := asks("")
	with_rows := object.union(asked, {"exchange": object.union(
		asked.exchange,
		{"parameters": {"models": "gpt-4.1,unheard-of"}},
	)})
	rules(request.deny) == {"models.not_allowed"} with input as with_rows
}
