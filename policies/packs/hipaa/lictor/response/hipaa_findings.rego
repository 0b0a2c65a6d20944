# Health information in an answer is on record.
package lictor.response

import rego.v1

import data.lictor.packs.hipaa

flag contains {
	"rule": "hipaa.answered",
	"reason": "The answer carries what may be protected health information.",
	"controls": ["hipaa:45cfr164:312(b)"],
	"findings": hipaa.found,
} if {
	hipaa.concerned
}
