# Countries as law groups them. A place is an ISO 3166 code such as "DE" or "US", a state of the USA such as "US-CA",
# or one of the groups "EU" and "EEA" itself. The lists, their date and their sources are data:
# `data.settings.jurisdictions`. A place that they do not know is in no group.
package lictor.lib.jurisdictions

import rego.v1

# country(place) is the code of the country: "US" for "us-ca".
country(place) := split(upper(place), "-")[0]

# eu(place) holds for member states of the European Union, and for "EU".
eu(place) if country(place) in data.settings.jurisdictions.eu

# eea(place) holds for the European Economic Area, the Union and three states more, and for "EEA".
eea(place) if country(place) in data.settings.jurisdictions.eea

# adequate(place, assurance) holds for countries that the European Commission found adequate (GDPR Art. 45). Some
# findings hold under a condition only, such as the Data Privacy Framework for the USA: then the operator must have
# assured that condition for the recipient, with this word.
adequate(place, assurance) if {
	condition := data.settings.jurisdictions.adequate[country(place)].condition
	condition in {"", assurance}
}

# us_state(place) is the state of a place in the USA: "CA" for "us-ca".
us_state(place) := state if {
	["US", state] = split(upper(place), "-")
	state in data.settings.jurisdictions.us_states
}
