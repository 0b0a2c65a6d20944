# What nothing here can read may be personal data.
package lictor.request

import rego.v1

import data.lictor.packs.gdpr_transfer

deny contains {
	"rule": "gdpr_transfer.unread",
	"reason": "A part that nothing here can check would go where personal data may not go.",
	"controls": ["gdpr:2016:art-44"],
} if {
	count(gdpr_transfer.unread) > 0
	count(gdpr_transfer.standing & {"unsafe", "unknown"}) > 0
}
