# What an answer may not carry.
package lictor.response

import rego.v1

import data.lictor.found

deny contains {
	"rule": "matrix.secret_told",
	"reason": "The answer carries a credential.",
	"findings": found.secrets,
} if {
	count(found.secrets) > 0
}

redact contains {
	"rule": "matrix.address_told",
	"reason": "Addresses are masked.",
	"findings": found.addresses,
	"with": "mask",
} if {
	count(found.addresses) > 0
}
