package lictor.request_children_toxicity_test

import rego.v1

import data.lictor.request

settings := {
	"answer": "Talk to somebody.",
	"below": {"child": 13, "teen": 18},
	"hours": {"child": [], "teen": []},
	"self_harm": 0.3,
	"toxicity": {"child": {"*": 0.4, "sexual": 0.3}, "teen": {"*": 0.7}},
	"unknown": "child",
}

says(attributes, category, label, score) := {
	"caller": {"attributes": attributes},
	"findings": [{"id": "f0", "category": category, "label": label, "role": "user", "score": score}],
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "children.")}

test_a_child_from_its_score_on if {
	rules(request.deny) == {"children.toxic_sent"} with input as says({"age": "12"}, "toxicity", "insult", 0.4)
		with data.settings.children as settings
	rules(request.deny) == set() with input as says({"age": "12"}, "toxicity", "insult", 0.39)
		with data.settings.children as settings
}

test_a_label_with_a_score_of_its_own if {
	rules(request.deny) == {"children.toxic_sent"} with input as says({"age": "12"}, "toxicity", "sexual", 0.3)
		with data.settings.children as settings
	rules(request.deny) == set() with input as says({"age": "12"}, "toxicity", "sexual", 0.29)
		with data.settings.children as settings
}

test_a_teen_from_a_higher_score_on if {
	rules(request.deny) == {"children.toxic_sent"} with input as says({"age": "13"}, "toxicity", "insult", 0.7)
		with data.settings.children as settings
	rules(request.deny) == set() with input as says({"age": "13"}, "toxicity", "insult", 0.69)
		with data.settings.children as settings
}

test_ages_at_the_borders if {
	every age in ["0", "12"] {
		rules(request.deny) == {"children.toxic_sent"} with input as says({"age": age}, "toxicity", "insult", 0.5)
			with data.settings.children as settings
	}
	every age in ["13", "17"] {
		rules(request.deny) == set() with input as says({"age": age}, "toxicity", "insult", 0.5)
			with data.settings.children as settings
		rules(request.deny) == {"children.toxic_sent"} with input as says({"age": age}, "toxicity", "insult", 1)
			with data.settings.children as settings
	}
	rules(request.deny) == set() with input as says({"age": "18"}, "toxicity", "insult", 1)
		with data.settings.children as settings
}

test_a_band_goes_before_an_age if {
	rules(request.deny) == set() with input as says({"age": "12", "age_band": "adult"}, "toxicity", "insult", 1)
		with data.settings.children as settings
	rules(request.deny) == set() with input as says({"age": "12", "age_band": "teen"}, "toxicity", "insult", 0.5)
		with data.settings.children as settings
}

test_the_unknown_are_children_at_first if {
	every attributes in [{}, {"age": "old enough"}, {"age_band": "wise"}] {
		rules(request.deny) == {"children.toxic_sent"} with input as says(attributes, "toxicity", "insult", 0.4)
			with data.settings.children as settings
		rules(request.deny) == set() with input as says(attributes, "toxicity", "insult", 1)
			with data.settings.children as object.union(settings, {"unknown": "adult"})
	}
}

test_self_harm_is_answered_from_its_score_on if {
	rules(request.deny) == {"children.self_harm_sent"} with input as says({}, "toxicity", "self_harm", 0.3)
		with data.settings.children as settings
	rules(request.deny) == set() with input as says({}, "toxicity", "self_harm", 0.29)
		with data.settings.children as settings
	rules(request.deny) == set() with input as says({"age_band": "adult"}, "toxicity", "self_harm", 1)
		with data.settings.children as settings
}

test_the_answer_is_a_setting if {
	some verdict in request.deny with input as says({}, "toxicity", "self_harm", 1)
		with data.settings.children as settings
	verdict.answer == "Talk to somebody."
}

test_other_findings_are_not_toxic if {
	rules(request.deny) == set() with input as says({}, "bias", "bias", 1) with data.settings.children as settings
}
