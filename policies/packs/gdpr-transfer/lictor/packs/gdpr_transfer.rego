# Where personal data may go under Chapter V of the GDPR, by the labels of upstreams: `region` is a country's code,
# "EU" or "EEA"; `adequacy` a condition that an adequacy decision asks for; `transfer` a safeguard that is in place.
package lictor.packs.gdpr_transfer

import rego.v1

import data.lictor.lib.jurisdictions

personal contains finding.id if {
	some finding in input.findings
	finding.category == "pii"
	not finding.label in data.settings.gdpr_transfer.leave
	finding.score >= data.settings.gdpr_transfer.threshold
}

sensitive contains finding.id if {
	some finding in input.findings
	finding.category == "pii"
	finding.label in data.settings.gdpr_transfer.sensitive
	finding.score >= data.settings.gdpr_transfer.threshold
}

# How the destinations stand: "home", "adequate", "safeguarded", "unsafe", or "unknown" where no region is labelled.
standing contains stands(region, labels) if {
	some destination in input.exchange.destinations
	labels := destination.labels
	region := object.get(labels, "region", "")
}

standing contains "unknown" if count(input.exchange.destinations) == 0

stands("", _) := "unknown"

stands(region, labels) := "home" if {
	region != ""
	jurisdictions.eea(region)
} else := "adequate" if {
	region != ""
	jurisdictions.adequate(region, object.get(labels, "adequacy", ""))
} else := "safeguarded" if {
	region != ""
	object.get(labels, "transfer", "") in data.settings.gdpr_transfer.safeguards
} else := "unsafe" if {
	region != ""
}

abroad := standing & {"adequate", "safeguarded"}

purpose := object.get(input.caller.attributes, "purpose", "")

declared if {
	purpose != ""
	"*" in data.settings.gdpr_transfer.purposes
}

declared if purpose in data.settings.gdpr_transfer.purposes

unread contains entry.reason if {
	some entry in input.coverage
	entry.detector == "*"
	entry.state == "not_run"
}
