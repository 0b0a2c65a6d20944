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

# How each destination stands: "home", "adequate", "safeguarded", "unsafe", or "unknown" where no region is labelled.
standing contains "home" if {
	some destination in input.exchange.destinations
	jurisdictions.eea(destination.labels.region)
}

standing contains "adequate" if {
	some destination in input.exchange.destinations
	not jurisdictions.eea(destination.labels.region)
	jurisdictions.adequate(destination.labels.region, object.get(destination.labels, "adequacy", ""))
}

standing contains outcome if {
	some destination in input.exchange.destinations
	destination.labels.region != ""
	not jurisdictions.eea(destination.labels.region)
	not jurisdictions.adequate(destination.labels.region, object.get(destination.labels, "adequacy", ""))
	outcome := safeguarded(object.get(destination.labels, "transfer", ""))
}

standing contains "unknown" if {
	some destination in input.exchange.destinations
	object.get(destination.labels, "region", "") == ""
}

standing contains "unknown" if count(input.exchange.destinations) == 0

safeguarded(safeguard) := "safeguarded" if safeguard in data.settings.gdpr_transfer.safeguards

safeguarded(safeguard) := "unsafe" if not safeguard in data.settings.gdpr_transfer.safeguards

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
