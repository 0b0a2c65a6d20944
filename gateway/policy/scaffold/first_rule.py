"""The rule that a new bundle begins with, its test, its case, its setting, and what to do next."""

from collections.abc import Mapping, Sequence

RULE = """# A first rule of the house. Change it, or take it as a pattern and delete it.
package lictor.request

import rego.v1

deny contains {
	"rule": "house.too_hot",
	"reason": "The temperature is higher than this house allows.",
} if {
	temperature := input.exchange.parameters.temperature
	is_number(temperature)
	temperature > data.settings.house.max_temperature
}
"""

RULE_TEST = """package lictor.request_house_test

import rego.v1

import data.lictor.request

asks(temperature) := {
	"caller": {"tenant": "example"},
	"coverage": [],
	"exchange": {
		"destinations": [],
		"model": "",
		"parameters": {"temperature": temperature},
		"tools": [],
	},
	"findings": [],
	"segments": [],
}

rules := {verdict.rule | some verdict in request.deny}

test_sober_is_fine if not "house.too_hot" in rules with input as asks(1)

test_wild_is_denied if "house.too_hot" in rules with input as asks(1.9)

test_a_word_is_no_temperature if not "house.too_hot" in rules with input as asks("hot")
"""

CASES = """# Facts in, decision out. `input` says what matters, the rest is an ordinary exchange;
# `only` asks for these rules alone, whatever others say beside them.

- name: a temperature at the limit passes
  phase: request
  only: [house]
  input: {exchange: {parameters: {temperature: 1.5}}}
  expect: {answer: allow, rules: []}

- name: a temperature just above the limit is denied
  phase: request
  only: [house]
  input: {exchange: {parameters: {temperature: 1.505}}}
  expect: {answer: deny, rules: [house.too_hot]}

- name: a request without a temperature passes
  phase: request
  only: [house]
  input: {}
  expect: {answer: allow, rules: []}
"""

FILES: Mapping[str, str] = {
    "lictor/request/house.rego": RULE,
    "lictor/request/house_test.rego": RULE_TEST,
    "cases/house/house.yaml": CASES,
    "settings/house/data.json": '{\n  "max_temperature": 1.5\n}\n',
}

BARE_PLAN: Mapping[str, str] = {
    "lictor/plan.rego": """# Which checks a call gets.
package lictor.plan

import rego.v1

detectors contains id if some id in data.settings.house.detectors

response_detectors contains id if some id in data.settings.house.detectors
""",
    "lictor/plan_test.rego": """package lictor.plan_test

import rego.v1

import data.lictor.plan

test_nothing_is_planned_without_a_setting if {
	plan.detectors == set() with data.settings.house.detectors as []
	plan.response_detectors == set() with data.settings.house.detectors as []
}
""",
    "cases/plan/plan.yaml": """- name: what is run at first
  phase: plan
  input: {}
  expect: {plan: {detectors: [patterns, secrets], response_detectors: [patterns, secrets]}}
""",
    "settings/house/data.json": """{
  "detectors": ["patterns", "secrets"],
  "max_temperature": 1.5
}
""",
}


def readme(packs: Sequence[str], *, bare: bool) -> str:
    """What to do next."""
    return _README.format(holds=_holds(packs, bare=bare), vendored="" if bare else _VENDORED)


def _holds(packs: Sequence[str], *, bare: bool) -> str:
    if bare:
        return "It holds one rule and nothing else: without further rules everything passes."
    named = "".join(f", the pack `{name}`" for name in packs)
    return (
        f"It holds a copy of the baseline, the helper library (`data.lictor.lib`){named}, and a first rule."
    )


_VENDORED = """
What was copied is noted in `packs.lock.json`. `lictor policy add NAME .` adds another pack, or brings one up
to date (`baseline` and `lib` too); what you edited is never overwritten.
"""

_README = """# Policy bundle

{holds}

```sh
lictor policy check .            # files, rules, references: each complaint with file and line
lictor policy test .             # *_test.rego and cases/**/*.yaml
lictor policy test . --coverage  # rules that no test made true, or false
lictor policy test . --mutate    # settings that could change without a test noticing
```

Next:

1. Read `lictor/request/house.rego`, its test beside it, and `cases/house/house.yaml`.
2. Change `max_temperature` in `settings/house/data.json` and see the tests fail.
3. Write a rule of your own in a new file under `lictor/request/` or `lictor/response/`.
4. Ask why: `echo '{{"exchange": {{"parameters": {{"temperature": 1.9}}}}}}' > facts.json`, then
   `lictor policy explain --bundle . --input facts.json`, and `lictor policy trace` likewise.
5. Put it in force: `[policy]` `bundle = "this folder"` in the gateway's settings.
{vendored}"""
