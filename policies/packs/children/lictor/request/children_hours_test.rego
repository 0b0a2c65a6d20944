package lictor.request_children_hours_test

import rego.v1

import data.lictor.request

# Thursday, 1 January 2026, 00:00 UTC.
thursday := 1767225600000

at(age, minutes) := {
	"caller": {"attributes": {"age": age}},
	"findings": [],
	"time": {"unix_ms": thursday + (minutes * 60000)},
}

every_day := ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

settings := {
	"below": {"child": 13, "teen": 18},
	"hours": {
		"child": [
			{"days": every_day, "from": "07:00", "to": "08:00", "offset_minutes": 0},
			{"days": every_day, "from": "14:00", "to": "19:00", "offset_minutes": 0},
		],
		"teen": [],
	},
	"unknown": "child",
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "children.")}

test_inside_any_window if {
	every minutes in [420, 479, 840, 1139] {
		rules(request.deny) == set() with input as at("12", minutes) with data.settings.children as settings
	}
}

test_outside_every_window if {
	every minutes in [0, 419, 480, 839, 1140] {
		rules(request.deny) == {"children.outside_hours"} with input as at("12", minutes)
			with data.settings.children as settings
	}
}

test_without_windows_there_is_no_limit if {
	rules(request.deny) == set() with input as at("13", 0) with data.settings.children as settings
	rules(request.deny) == set() with input as at("18", 0) with data.settings.children as settings
}

test_at_first_nobody_is_limited if {
	every age in ["12", "17"] {
		rules(request.deny) == set() with input as at(age, 0)
	}
}
