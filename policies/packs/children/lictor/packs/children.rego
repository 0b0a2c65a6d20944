# How old whoever talks to a model is, as the key's attributes tell it, and what that means for what was found.
package lictor.packs.children

import rego.v1

import data.lictor.lib.callers
import data.lictor.lib.thresholds
import data.lictor.lib.windows

bands := ["child", "teen", "adult"]

# band is the attribute `age_band`, else follows from the attribute `age`, else is what the settings say of the unknown.
band := callers.attribute("age_band", "") if {
	callers.attribute("age_band", "") in bands
} else := by_age(callers.age) if {
	is_number(callers.age)
} else := data.settings.children.unknown

by_age(years) := "child" if years < data.settings.children.below.child

by_age(years) := "teen" if {
	years >= data.settings.children.below.child
	years < data.settings.children.below.teen
}

by_age(years) := "adult" if {
	years >= data.settings.children.below.child
	years >= data.settings.children.below.teen
}

minor if band != "adult"

# Self-harm has an answer of its own.
toxic contains finding.id if {
	some finding in input.findings
	finding.category == "toxicity"
	finding.label != "self_harm"
	thresholds.reached(data.settings.children.toxicity[band], finding.label, finding.score)
}

self_harm contains finding.id if {
	some finding in input.findings
	finding.category == "toxicity"
	finding.label == "self_harm"
	finding.score >= data.settings.children.self_harm
}

personal contains finding.id if {
	some finding in input.findings
	finding.category == "pii"
	not finding.label in data.settings.children.leave
	finding.score >= data.settings.children.personal
}

# Asked first: where no hours are set, which is how the pack ships, nothing else need be known.
hours_set if {
	some windows_of_band in data.settings.children.hours
	count(windows_of_band) > 0
}

limited if count(data.settings.children.hours[band]) > 0

open if {
	some window in data.settings.children.hours[band]
	windows.open(window)
}
