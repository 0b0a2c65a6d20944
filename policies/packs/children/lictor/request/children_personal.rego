# Personal data of minors does not go to a model at all.
package lictor.request

import rego.v1

import data.lictor.packs.children

redact contains {
	"rule": "children.personal",
	"reason": "Personal data in the request of a minor is taken out.",
	"controls": ["coppa:16cfr312:312.8", "gdpr:2016:art-8", "gdpr:2016:art-25"],
	"findings": children.personal,
	"with": data.settings.children.with,
} if {
	children.minor
	count(children.personal) > 0
}
