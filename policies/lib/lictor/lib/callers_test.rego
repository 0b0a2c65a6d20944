package lictor.lib.callers_test

import rego.v1

import data.lictor.lib.callers

by(roles, attributes) := {"caller": {"roles": roles, "attributes": attributes}}

test_one_of_the_wanted_roles_is_enough if {
	callers.has_role(["nurse", "doctor"]) with input as by(["clerk", "nurse"], {})
	not callers.has_role(["doctor"]) with input as by(["clerk", "nurse"], {})
	not callers.has_role(["doctor"]) with input as by([], {})
}

test_an_attribute_has_an_answer_where_it_is_missing if {
	callers.attribute("region", "eu") == "us" with input as by([], {"region": "us"})
	callers.attribute("region", "eu") == "eu" with input as by([], {})
}

test_an_attribute_may_list_words if {
	callers.words("tools") == {"payment", "delete"} with input as by([], {"tools": " payment,delete,"})
	callers.words("tools") == set() with input as by([], {})
}

test_callers_are_standard_unless_they_have_a_tier if {
	callers.tier == "gold" with input as by([], {"tier": "gold"})
	callers.tier == "standard" with input as by([], {})
}

test_an_age_is_a_number_of_years if {
	callers.age == 12 with input as by([], {"age": "12"})
	not callers.age with input as by([], {"age": "twelve"})
	not callers.age with input as by([], {"age": "-3"})
	not callers.age with input as by([], {"age": "1e9"})
	not callers.age with input as by([], {"age": "012"})
	not callers.age with input as by([], {})
}
