package lictor.response_secrets_test

import rego.v1

import data.lictor.response

test_credential_in_an_answer_is_masked if {
	some verdict in response.redact with input as {
		"caller": {"tenant": "acme"},
		"coverage": [],
		"findings": [{"id": "f1", "category": "secret", "label": "api_key", "score": 1}],
	}
	verdict.rule == "secrets.leaked"
	verdict.findings == ["f1"]
}
