# What a call may not carry.
package lictor.request

import rego.v1

import data.lictor.found

deny contains {
	"rule": "matrix.secret_sent",
	"reason": "The request carries a credential.",
	"findings": found.secrets,
} if {
	count(found.secrets) > 0
}

deny contains {
	"rule": "models.forbidden",
	"reason": "The model is not for everyone.",
} if {
	input.exchange.model in data.settings.models.forbidden
}

redact contains {
	"rule": "matrix.card_sent",
	"reason": "Card numbers stay here.",
	"findings": found.cards,
	"with": "placeholder",
} if {
	count(found.cards) > 0
}

redact contains {
	"rule": "matrix.address_sent",
	"reason": "Addresses stay here.",
	"findings": found.addresses,
	"with": "mask",
} if {
	count(found.addresses) > 0
}
