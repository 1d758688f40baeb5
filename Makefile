# Every command of the project; `make` or `make help` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo node test test-fast lint format types imports docs docs-check apiserver screenshots build spoke bench bench-scale bench-cold-start measurements fuzz security sbom ci audit mutants requirements clean

BIN := .venv/bin
SAM := .venv-sam/bin/sam
DEMO := PYTHONPATH=layers/fleetscan:. .venv-demo/bin/python -m fleetscan.cli
ARGUMENTS :=
INPUTS := 1000000
SEED := 1
# A file's tests share what they set up, so one process runs them all; the slow folders come first, as they are named.
PARALLEL := --numprocesses=auto --dist=loadfile --no-loadscope-reorder
# Compiled once for all processes and runs, whatever the user's own habits are.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/pytest
PYTHON_SOURCES := layers functions simulator tests documents docs

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## Make .venv with everything pinned and hashed (needs Python 3.13 or uv)

# Always of an environment of their own, small and quickly made: what a newcomer runs is what everybody runs.
demo: .venv-demo/.ready ## Scan the simulated 16-node cluster of the incident on this machine (ARGUMENTS=--fix: before and after)
	@$(DEMO) demo $(ARGUMENTS)

node: .venv-demo/.ready ## Diagnose this very machine
	@$(DEMO) node $(ARGUMENTS)

test: .venv/.ready .venv-sam/.ready .venv-security/.ready ## Run all tests
	$(PYTEST) $(PARALLEL) --cov --cov-report=term

test-fast: .venv/.ready ## Run the tests that need neither the built artifact nor many processes
	$(PYTEST) $(PARALLEL) tests/unit

lint: .venv/.ready .venv-sam/.ready ## Lint Python, shell and the template
	$(BIN)/ruff check $(PYTHON_SOURCES)
	$(BIN)/ruff format --check $(PYTHON_SOURCES)
	$(BIN)/shellcheck --shell=sh documents/collect.sh tests/apiserver/build.sh
	$(BIN)/cfn-lint template.yaml fanout.yaml spoke.yaml
	$(SAM) validate --lint
	$(SAM) validate --lint -t fanout.yaml

format: .venv/.ready ## Format the Python code and apply safe fixes
	$(BIN)/ruff check --fix --quiet $(PYTHON_SOURCES)
	$(BIN)/ruff format $(PYTHON_SOURCES)

types: .venv/.ready ## Check types, strictly, tests included
	$(BIN)/mypy $(PYTHON_SOURCES)

imports: .venv/.ready ## Check who imports whom
	$(BIN)/lint-imports --no-cache

docs: .venv/.ready ## Write the generated files anew: rule pages, SSM document
	$(BIN)/python docs/build.py
	$(BIN)/python documents/build.py

docs-check: .venv/.ready ## Fail when a generated file is not current
	$(BIN)/python docs/build.py --check
	$(BIN)/python documents/build.py --check

apiserver: .apiserver/kube-apiserver ## Build a real kube-apiserver for the tests against one (Debian 12, root; 4 minutes)

.apiserver/kube-apiserver: tests/apiserver/build.sh
	sh tests/apiserver/build.sh .apiserver

screenshots: .venv/.ready ## Take the README's pictures anew: the demo's page in Debian's chromium, and its terminal
	$(BIN)/python docs/screenshots.py
	$(BIN)/python docs/terminal_picture.py

build: .venv-sam/.ready ## Build the stack's artifacts into .aws-sam
	PATH="$(CURDIR)/.venv/bin:$$PATH" $(SAM) build

spoke: .venv/.ready ## Write build/spoke.yaml, the template that stack sets deploy into member accounts
	$(BIN)/python documents/spoke.py build/spoke.yaml

bench: .venv/.ready ## Measure what the collector costs a node, beside node-exporter, what 1,000 nodes cost a scan, and 5,000 a page
	$(BIN)/python tests/bench/bench_collector.py
	$(BIN)/python tests/bench/bench_fleet.py
	$(BIN)/python tests/bench/bench_kubernetes_clients.py
	$(BIN)/python tests/bench/bench_report.py
	$(BIN)/python tests/bench/bench_html.py

bench-scale: .venv/.ready ## Measure one scan of 10,000 simulated nodes, and the obvious way beside it (ten minutes)
	$(BIN)/python tests/bench/bench_scale.py

security: .venv-security/.ready ## Check the templates with Checkov; what is excepted, and why, is in .checkov.yaml
	.venv-security/bin/checkov --config-file .checkov.yaml --file template.yaml spoke.yaml fanout.yaml

sbom: .venv-security/.ready ## Write the bill of materials of the layer to build/sbom.json (CycloneDX)
	@mkdir -p build
	.venv-security/bin/cyclonedx-py requirements --output-reproducible --of JSON -o build/sbom.json layers/fleetscan/requirements.txt

bench-cold-start: .venv/.ready .venv-sam/.ready ## Measure cold starts of the built function under Lambda's runtime emulator
	$(BIN)/python tests/bench/bench_cold_start.py

measurements: .venv/.ready .venv-sam/.ready ## Run every benchmark and write docs/measurements.md from what they print (half an hour)
	$(BIN)/python tests/bench/measure.py
	$(BIN)/python docs/build.py

fuzz: .venv/.ready ## Fuzz capture, report and every output with INPUTS inputs (1,000,000 take an hour and more); see docs/fuzzing.md
	$(BIN)/python tests/fuzz/fuzz_report.py --inputs $(INPUTS) --seed $(SEED)
	$(BIN)/python tests/bench/bench_hostile.py build/fuzz/slowest

mutants: .venv/.ready ## Break the program in the places of tests/mutations.toml, one at a time: a test must notice each (minutes)
	$(BIN)/python tests/mutants.py

audit: .venv/.ready ## Look up known vulnerabilities of the pinned packages (needs the advisory service)
	$(BIN)/pip-audit --require-hashes --disable-pip -r layers/fleetscan/requirements.txt

ci: lint types imports docs-check security test ## All that CI runs

requirements: ## Resolve the pinned requirements anew (needs uv)
	uv pip compile --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header --quiet \
	  layers/fleetscan/requirements.in -o layers/fleetscan/requirements.txt
	cd requirements && for set in dev sam security; do \
	  uv pip compile --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header --quiet $$set.in -o $$set.txt; done
	uv pip compile --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header --quiet \
	  pyproject.toml --extra demo --constraints requirements/dev.txt -o requirements/demo.txt

clean: ## Remove what was made, environments included
	rm -rf .venv .venv-demo .venv-sam .venv-security .aws-sam build .coverage .coverage.* .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis report.html

# An environment is ready when everything in it was installed from the pinned file that stands now.
.venv/.ready: requirements/dev.txt pyproject.toml
	@echo "Setting up .venv (once; about a minute) ..."
	@sh requirements/environment.sh .venv requirements/dev.txt
	@if [ -x .venv/bin/pip ]; then .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable . ; \
	 else uv pip install --quiet --python .venv --no-deps --no-build-isolation --editable . ; fi
	@touch $@

# Python compiles what a demonstration imports when it is imported; to compile all of it here would take longer than all else.
.venv-demo/.ready: requirements/demo.txt
	@echo "Setting up .venv-demo (once; under a minute) ..."
	@sh requirements/environment.sh .venv-demo requirements/demo.txt --no-compile
	@touch $@

.venv-sam/.ready: requirements/sam.txt
	@echo "Setting up .venv-sam for AWS SAM (once; about a minute) ..."
	@sh requirements/environment.sh .venv-sam requirements/sam.txt
	@touch $@

.venv-security/.ready: requirements/security.txt
	@echo "Setting up .venv-security for Checkov (once; under a minute) ..."
	@sh requirements/environment.sh .venv-security requirements/security.txt
	@touch $@
