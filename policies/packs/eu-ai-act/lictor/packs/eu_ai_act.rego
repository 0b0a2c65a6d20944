# What an application declared about itself under the AI Act, in the attributes of its key: `ai_act_risk`,
# `ai_act_practice`, `ai_act_oversight`, `audience`.
package lictor.packs.eu_ai_act

import rego.v1

import data.lictor.lib.callers

risk := callers.attribute("ai_act_risk", "")

high_risk if risk == "high"

undeclared if not risk in data.settings.eu_ai_act.risks

prohibited if callers.attribute("ai_act_practice", "") in data.settings.eu_ai_act.prohibited

overseen if callers.attribute("ai_act_oversight", "") in data.settings.eu_ai_act.oversight

# Whoever does not say whom they speak to speaks to the public.
public if not callers.attribute("audience", "") in data.settings.eu_ai_act.inside

unread contains entry.reason if {
	some entry in input.coverage
	entry.detector == "*"
	entry.state == "not_run"
}

biased contains finding.id if {
	some finding in input.findings
	finding.category == "bias"
	finding.score >= data.settings.eu_ai_act.bias
}
