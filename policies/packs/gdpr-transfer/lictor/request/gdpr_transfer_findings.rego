# Personal data stays at home, or goes where the law lets it go, for a purpose that somebody declared.
package lictor.request

import rego.v1

import data.lictor.packs.gdpr_transfer

deny contains {
	"rule": "gdpr_transfer.no_basis",
	"reason": "Personal data would go to a country without an adequacy decision, and no safeguard is in place.",
	"controls": ["gdpr:2016:art-44", "gdpr:2016:art-45", "gdpr:2016:art-46"],
	"findings": gdpr_transfer.personal,
} if {
	count(gdpr_transfer.personal) > 0
	"unsafe" in gdpr_transfer.standing
}

deny contains {
	"rule": "gdpr_transfer.unknown_region",
	"reason": "Personal data would go to an upstream whose region is not known.",
	"controls": ["gdpr:2016:art-44"],
	"findings": gdpr_transfer.personal,
} if {
	count(gdpr_transfer.personal) > 0
	"unknown" in gdpr_transfer.standing
}

flag contains {
	"rule": "gdpr_transfer.sent_abroad",
	"reason": "Personal data may go to a third country, under an adequacy decision or a safeguard.",
	"controls": ["gdpr:2016:art-30(1)(e)", "gdpr:2016:art-45", "gdpr:2016:art-46"],
	"findings": gdpr_transfer.personal,
} if {
	count(gdpr_transfer.personal) > 0
	count(gdpr_transfer.abroad) > 0
}

deny contains {
	"rule": "gdpr_transfer.no_purpose",
	"reason": "Personal data is sent, and the caller has declared no purpose for it.",
	"controls": ["gdpr:2016:art-5(1)(b)", "gdpr:2016:art-30(1)(b)"],
	"findings": gdpr_transfer.personal,
} if {
	count(gdpr_transfer.personal) > 0
	not gdpr_transfer.declared
}

require_approval contains {
	"rule": "gdpr_transfer.sensitive",
	"reason": "Data of a kind that may reveal somebody's health would leave the European Economic Area.",
	"controls": ["gdpr:2016:art-9", "gdpr:2016:art-44"],
	"findings": gdpr_transfer.sensitive,
} if {
	count(gdpr_transfer.sensitive) > 0
	count(gdpr_transfer.standing - {"home"}) > 0
}
