package lictor.request_gdpr_transfer_findings_test

import rego.v1

import data.lictor.request

settings := {
	"leave": ["LOCATION"],
	"purposes": ["*"],
	"safeguards": ["scc", "bcr"],
	"sensitive": ["medical_record"],
	"threshold": 0.5,
}

found(category, label, score) := [{"id": "f0", "category": category, "label": label, "role": "user", "score": score}]

email := found("pii", "email", 1)

goes(findings, labels) := {
	"caller": {"attributes": {"purpose": "support"}},
	"coverage": [],
	"exchange": {"destinations": [{"name": "a", "labels": each} | some each in labels]},
	"findings": findings,
}

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "gdpr_transfer.")}

test_at_home_nothing_is_said if {
	every region in ["DE", "no", "EU", "eea"] {
		facts := goes(email, [{"region": region}])
		rules(request.deny | request.flag) == set() with input as facts with data.settings.gdpr_transfer as settings
	}
}

test_adequate_countries_are_on_record if {
	every labels in [{"region": "CH"}, {"region": "US", "adequacy": "dpf"}] {
		rules(request.deny) == set() with input as goes(email, [labels]) with data.settings.gdpr_transfer as settings
		rules(request.flag) == {"gdpr_transfer.sent_abroad"} with input as goes(email, [labels])
			with data.settings.gdpr_transfer as settings
	}
}

test_safeguards_are_on_record if {
	every safeguard in ["scc", "bcr"] {
		facts := goes(email, [{"region": "IN", "transfer": safeguard}])
		rules(request.deny) == set() with input as facts with data.settings.gdpr_transfer as settings
		rules(request.flag) == {"gdpr_transfer.sent_abroad"} with input as facts
			with data.settings.gdpr_transfer as settings
	}
}

test_other_countries_are_denied if {
	every labels in [{"region": "US"}, {"region": "IN"}, {"region": "IN", "transfer": "handshake"}, {"region": "Atlantis"}] {
		rules(request.deny) == {"gdpr_transfer.no_basis"} with input as goes(email, [labels])
			with data.settings.gdpr_transfer as settings
		rules(request.flag) == set() with input as goes(email, [labels]) with data.settings.gdpr_transfer as settings
	}
}

test_one_upstream_that_may_not_have_it_is_enough if {
	facts := goes(email, [{"region": "DE"}, {"region": "IN"}])
	rules(request.deny) == {"gdpr_transfer.no_basis"} with input as facts with data.settings.gdpr_transfer as settings
}

test_an_unknown_region_is_denied if {
	every destinations in [[], [{}], [{"region": ""}], [{"region": "DE"}, {}]] {
		rules(request.deny) == {"gdpr_transfer.unknown_region"} with input as goes(email, destinations)
			with data.settings.gdpr_transfer as settings
	}
}

test_a_safeguard_does_not_stand_for_a_region if {
	rules(request.deny) == {"gdpr_transfer.unknown_region"} with input as goes(email, [{"transfer": "scc"}])
		with data.settings.gdpr_transfer as settings
}

test_only_personal_data_from_its_score_on if {
	denied := {"gdpr_transfer.no_basis"}
	rules(request.deny) == denied with input as goes(found("pii", "email", 0.5), [{"region": "IN"}])
		with data.settings.gdpr_transfer as settings
	rules(request.deny) == set() with input as goes(found("pii", "email", 0.49), [{"region": "IN"}])
		with data.settings.gdpr_transfer as settings
	rules(request.deny) == set() with input as goes(found("pii", "LOCATION", 1), [{"region": "IN"}])
		with data.settings.gdpr_transfer as settings
	rules(request.deny) == set() with input as goes(found("toxicity", "email", 1), [{"region": "IN"}])
		with data.settings.gdpr_transfer as settings
	rules(request.deny) == set() with input as goes([], [{}]) with data.settings.gdpr_transfer as settings
}

test_a_purpose_must_be_declared if {
	facts := object.union(goes(email, [{"region": "DE"}]), {"caller": {"attributes": {"purpose": ""}}})
	rules(request.deny) == {"gdpr_transfer.no_purpose"} with input as facts with data.settings.gdpr_transfer as settings
}

test_purposes_may_be_listed if {
	facts := goes(email, [{"region": "DE"}])
	rules(request.deny) == set() with input as facts
		with data.settings.gdpr_transfer as object.union(settings, {"purposes": ["support"]})
	rules(request.deny) == {"gdpr_transfer.no_purpose"} with input as facts
		with data.settings.gdpr_transfer as object.union(settings, {"purposes": ["billing"]})
}

test_sensitive_data_abroad_is_held_from_its_score_on if {
	held := {"gdpr_transfer.sensitive"}
	rules(request.require_approval) == held with input as goes(found("pii", "medical_record", 0.5), [{"region": "CH"}])
		with data.settings.gdpr_transfer as settings
	rules(request.require_approval) == set() with input as goes(found("pii", "medical_record", 0.49), [{"region": "CH"}])
		with data.settings.gdpr_transfer as settings
	rules(request.require_approval) == set() with input as goes(found("pii", "medical_record", 1), [{"region": "DE"}])
		with data.settings.gdpr_transfer as settings
	rules(request.require_approval) == set() with input as goes(email, [{"region": "CH"}])
		with data.settings.gdpr_transfer as settings
}
