# Which checks a call gets. Everything left out here keeps the gateway's strict default:
# stream "buffer", fail "closed", deadline 2000 ms, unknown parts and endpoints denied.
package lictor.plan

import rego.v1

detectors contains id if some id in data.settings.detectors.request

response_detectors contains id if some id in data.settings.detectors.response
