# Which checks a call gets. Everything left out here keeps the gateway's strict default:
# stream "window", fail "closed", unknown parts and endpoints denied.
package lictor.plan

import rego.v1

detectors contains id if some id in data.settings.detectors.request

detectors contains id if some id in present

response_detectors contains id if some id in data.settings.detectors.response

response_detectors contains id if some id in present

# Checks that not every gateway has: planned where they are installed, and only there.
present contains id if {
	some id in data.settings.detectors.where_installed
	id in input.installed
}

# Guards and rails of the settings: planned as soon as they are there.
present contains id if {
	some id in input.installed
	some prefix in data.settings.detectors.declared
	startswith(id, prefix)
}

deadline_ms := data.settings.detectors.deadline_ms
