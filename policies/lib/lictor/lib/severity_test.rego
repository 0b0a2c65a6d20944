package lictor.lib.severity_test

import rego.v1

import data.lictor.lib.severity

table := {"pii": {"*": "medium", "us_ssn": "critical"}, "injection": {}}

test_the_label_goes_before_the_category if {
	severity.of("pii", "us_ssn") == "critical" with data.settings.severity as table
	severity.of("pii", "email") == "medium" with data.settings.severity as table
}

test_what_the_settings_do_not_know_is_medium if {
	severity.of("injection", "injection") == "medium" with data.settings.severity as table
	severity.of("unheard_of", "x") == "medium" with data.settings.severity as table
}

test_levels_are_in_order if {
	severity.at_least("critical", "high")
	severity.at_least("high", "high")
	not severity.at_least("medium", "high")
	not severity.at_least("unheard_of", "low")
}

test_shipped_settings_use_these_words_only if {
	every _, labels in data.settings.severity {
		every _, word in labels {
			severity.ranks[word]
		}
	}
}
