package lictor.lib.jurisdictions_test

import rego.v1

import data.lictor.lib.jurisdictions

test_members_of_the_union if {
	jurisdictions.eu("DE")
	jurisdictions.eu("fr")
	jurisdictions.eu("eu")
	not jurisdictions.eu("NO")
	not jurisdictions.eu("GB")
	not jurisdictions.eu("")
}

test_the_economic_area_has_three_more if {
	jurisdictions.eea("DE")
	jurisdictions.eea("NO")
	jurisdictions.eea("EEA")
	not jurisdictions.eea("CH")
	not jurisdictions.eea("unheard-of")
	members := {place | some place in data.settings.jurisdictions.eu} - {"EU"}
	count(members) == 27
	{place | some place in data.settings.jurisdictions.eea} - members == {"EEA", "EU", "IS", "LI", "NO"}
}

test_adequate_without_a_condition if {
	jurisdictions.adequate("CH", "")
	jurisdictions.adequate("jp", "")
	not jurisdictions.adequate("IN", "")
	not jurisdictions.adequate("", "")
}

test_adequate_under_a_condition if {
	not jurisdictions.adequate("US", "")
	not jurisdictions.adequate("US-CA", "pipeda")
	jurisdictions.adequate("US", "dpf")
	jurisdictions.adequate("US-CA", "dpf")
	not jurisdictions.adequate("CA", "")
	jurisdictions.adequate("CA", "pipeda")
}

test_states_of_the_usa if {
	jurisdictions.us_state("us-ca") == "CA"
	not jurisdictions.us_state("US-XX")
	not jurisdictions.us_state("DE-BY")
	not jurisdictions.us_state("US")
	count(data.settings.jurisdictions.us_states) == 51
}

test_the_lists_say_of_when_they_are if {
	regex.match(`^20[0-9]{2}-[0-9]{2}-[0-9]{2}$`, data.settings.jurisdictions.as_of)
	count(data.settings.jurisdictions.sources) > 0
}
