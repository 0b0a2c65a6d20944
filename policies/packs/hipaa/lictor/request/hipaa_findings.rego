# Protected health information goes to business associates only, from those who may handle it, and as little as needed.
package lictor.request

import rego.v1

import data.lictor.packs.hipaa

flag contains {
	"rule": "hipaa.sent",
	"reason": "The request carries what may be protected health information.",
	"controls": ["hipaa:45cfr164:308(a)(1)(ii)(D)", "hipaa:45cfr164:312(b)"],
	"findings": hipaa.found,
} if {
	hipaa.concerned
}

deny contains {
	"rule": "hipaa.no_associate",
	"reason": "An upstream that may receive health information has no business associate agreement.",
	"controls": ["hipaa:45cfr164:308(b)", "hipaa:45cfr164:502(e)", "hipaa:45cfr164:504(e)"],
	"findings": hipaa.found,
} if {
	hipaa.concerned
	not hipaa.associated
}

deny contains {
	"rule": "hipaa.not_authorised",
	"reason": "The caller has no role that may handle health information.",
	"controls": ["hipaa:45cfr164:308(a)(4)", "hipaa:45cfr164:312(a)(1)"],
	"findings": hipaa.found,
} if {
	hipaa.concerned
	not hipaa.authorised
}

redact contains {
	"rule": "hipaa.minimum_necessary",
	"reason": "Identifiers that the caller's role does not need are taken out.",
	"controls": ["hipaa:45cfr164:502(b)", "hipaa:45cfr164:514(d)"],
	"findings": hipaa.unnecessary,
	"with": data.settings.hipaa.with,
} if {
	hipaa.concerned
	count(hipaa.unnecessary) > 0
}

require_approval contains {
	"rule": "hipaa.bulk",
	"reason": "The request carries the records of many people at once.",
	"controls": ["hipaa:45cfr164:308(a)(1)(ii)(D)", "hipaa:45cfr164:502(b)"],
	"findings": hipaa.records,
} if {
	hipaa.concerned
	count(hipaa.records) > data.settings.hipaa.bulk
}
