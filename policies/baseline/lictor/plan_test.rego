package lictor.plan_test

import rego.v1

import data.lictor.plan

test_detectors_of_both_phases_come_from_data if {
	plan.detectors == {"patterns"} with data.settings.detectors as {"request": ["patterns"], "response": []}
	plan.response_detectors == set() with data.settings.detectors as {"request": ["patterns"], "response": []}
}

test_data_may_ask_for_nothing if {
	plan.detectors == set() with data.settings.detectors as {"request": [], "response": []}
}

test_personal_data_and_credentials_are_looked_for_at_first if {
	{"patterns", "secrets"} & plan.detectors == {"patterns", "secrets"}
}

test_a_check_is_planned_where_it_is_installed if {
	"classifiers" in plan.detectors with input as {"installed": ["patterns", "classifiers"]}
	"classifiers" in plan.response_detectors with input as {"installed": ["patterns", "classifiers"]}
}

test_a_check_that_is_not_installed_is_not_planned if {
	not "classifiers" in plan.detectors with input as {"installed": ["patterns"]}
}
