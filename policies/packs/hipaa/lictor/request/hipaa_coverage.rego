# What nothing here can read may be a scan of a patient's file.
package lictor.request

import rego.v1

import data.lictor.packs.hipaa

deny contains {
	"rule": "hipaa.unread",
	"reason": "A part that nothing here can check would go to an upstream without a business associate agreement.",
	"controls": ["hipaa:45cfr164:502(e)"],
} if {
	hipaa.applies
	count(hipaa.unread) > 0
	not hipaa.associated
}
