package lictor.request_hipaa_findings_test

import rego.v1

import data.lictor.request

settings := {
	"bulk": 2,
	"identifiers": ["email", "medical_record"],
	"permitted": {"*": [], "clinician": ["medical_record"]},
	"records": ["medical_record"],
	"roles": ["clinician"],
	"tenants": ["*"],
	"threshold": 0.5,
	"with": "placeholder",
}

signed := {"name": "a", "labels": {"baa": "signed"}}

found(label, score) := [{"id": "f0", "category": "pii", "label": label, "role": "user", "score": score}]

carries(findings, roles, destinations) := {
	"caller": {"tenant": "clinic", "roles": roles},
	"coverage": [],
	"exchange": {"destinations": destinations},
	"findings": findings,
}

records(number) := [{
	"id": sprintf("f%d", [index]),
	"category": "pii",
	"label": "medical_record",
	"role": "user",
	"score": 1,
} |
	some index in numbers.range(1, number)
]

rules(set) := {verdict.rule | some verdict in set; startswith(verdict.rule, "hipaa.")}

test_an_identifier_is_on_record_from_its_score_on if {
	rules(request.flag) == {"hipaa.sent"} with input as carries(found("email", 0.5), ["clinician"], [signed])
		with data.settings.hipaa as settings
	rules(request.flag) == set() with input as carries(found("email", 0.49), ["clinician"], [signed])
		with data.settings.hipaa as settings
}

test_other_labels_and_categories_are_none if {
	rules(request.flag) == set() with input as carries(found("URL", 1), [], [])
		with data.settings.hipaa as settings
	secret := [{"id": "f0", "category": "secret", "label": "email", "role": "user", "score": 1}]
	rules(request.flag) == set() with input as carries(secret, [], [])
		with data.settings.hipaa as settings
}

test_every_upstream_must_be_an_associate if {
	rules(request.deny) == set() with input as carries(found("email", 1), ["clinician"], [signed])
		with data.settings.hipaa as settings
	every destinations in [[], [signed, {"name": "b", "labels": {}}], [{"name": "b", "labels": {"baa": "draft"}}]] {
		rules(request.deny) == {"hipaa.no_associate"} with input as carries(found("email", 1), ["clinician"], destinations)
			with data.settings.hipaa as settings
	}
}

test_the_caller_needs_a_role if {
	rules(request.deny) == {"hipaa.not_authorised"} with input as carries(found("email", 1), ["clerk"], [signed])
		with data.settings.hipaa as settings
}

test_no_identifier_no_duty if {
	rules(request.deny) == set() with input as carries([], [], []) with data.settings.hipaa as settings
}

test_what_the_role_does_not_need_is_taken_out if {
	rules(request.redact) == {"hipaa.minimum_necessary"} with input as carries(found("email", 1), ["clinician"], [signed])
		with data.settings.hipaa as settings
	rules(request.redact) == set() with input as carries(found("medical_record", 1), ["clinician"], [signed])
		with data.settings.hipaa as settings
	rules(request.redact) == {"hipaa.minimum_necessary"} with input as carries(found("medical_record", 1), ["clerk"], [signed])
		with data.settings.hipaa as settings
}

test_what_everybody_needs_stays if {
	facts := carries(found("email", 1), [], [signed])
	rules(request.redact) == set() with input as facts
		with data.settings.hipaa as object.union(settings, {"permitted": {"*": ["email"]}})
}

test_what_is_taken_out_is_named if {
	some verdict in request.redact with input as carries(found("email", 1), ["clinician"], [signed])
		with data.settings.hipaa as settings
	verdict.rule == "hipaa.minimum_necessary"
	verdict.findings == {"f0"}
	verdict["with"] == "placeholder"
}

test_many_records_are_held_above_their_number if {
	rules(request.require_approval) == set() with input as carries(records(2), ["clinician"], [signed])
		with data.settings.hipaa as settings
	rules(request.require_approval) == {"hipaa.bulk"} with input as carries(records(3), ["clinician"], [signed])
		with data.settings.hipaa as settings
}

test_only_the_tenants_that_it_is_for if {
	elsewhere := object.union(settings, {"tenants": ["other"]})
	facts := carries(found("email", 1), [], [])
	rules(((request.deny | request.flag) | request.redact)) == set() with input as facts with data.settings.hipaa as elsewhere
	here := object.union(settings, {"tenants": ["clinic"]})
	rules(request.flag) == {"hipaa.sent"} with input as facts with data.settings.hipaa as here
}
