# Callers may use the models that their tenant is allowed.
package lictor.request

import rego.v1

import data.lictor.tenants

deny contains {
	"rule": "models.not_allowed",
	"reason": "This model is not on the list of models that the caller may use.",
} if {
	some model in models_asked
	not model_allowed(model)
}

models_asked contains input.exchange.model if input.exchange.model != ""

# A request may name further models that answer in its place.
models_asked contains model if some model in split(input.exchange.parameters.fallbacks, ",")

# A batch names a model in each of its rows.
models_asked contains model if some model in split(input.exchange.parameters.models, ",")

model_allowed(model) if {
	some pattern in tenants.setting(data.settings.models)
	glob.match(pattern, null, model)
}
