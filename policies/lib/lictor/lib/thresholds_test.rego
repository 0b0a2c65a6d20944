package lictor.lib.thresholds_test

import rego.v1

import data.lictor.lib.thresholds

table := {"*": 0.8, "tenants": {"acme": 0.7}, "tiers": {"gold": 0.9}}

by(tenant, attributes) := {"caller": {"tenant": tenant, "attributes": attributes}}

test_the_tenant_goes_before_the_tier_and_the_tier_before_all if {
	thresholds.of(table) == 0.7 with input as by("acme", {"tier": "gold"})
	thresholds.of(table) == 0.9 with input as by("other", {"tier": "gold"})
	thresholds.of(table) == 0.8 with input as by("other", {})
}

test_one_number_for_all_is_enough if {
	thresholds.of({"*": 3}) == 3 with input as by("acme", {"tier": "gold"})
}

test_a_label_goes_before_all_labels if {
	thresholds.by_label({"*": 0.5, "threat": 0.9}, "threat") == 0.9
	thresholds.by_label({"*": 0.5, "threat": 0.9}, "insult") == 0.5
	not thresholds.by_label({"threat": 0.9}, "insult")
}

test_equal_is_reached_and_less_is_not if {
	thresholds.reached({"*": 0.5}, "insult", 0.5)
	not thresholds.reached({"*": 0.5}, "insult", 0.49)
	not thresholds.reached({"threat": 0.5}, "insult", 1)
}
