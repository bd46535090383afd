# Needs Python >= 3.11 and make, nothing else. `make` alone lists the targets.
# Every tool lives in one of three virtual environments below; a second run of a target uses no network.

PYTHON ?= python3

# Ports of the local stack, e.g. `make up AWS_PORT=4566`; empty: any free port.
AWS_PORT ?=
FASTCENTRIK_PORT ?=
MALL_PORT ?=
# Where the local stack listens and where it keeps its state; a second STATE is a second stack.
HOST ?= 127.0.0.1
STATE ?= .local
# Undo window of the demo shop; empty: a quarter of a minute.
UNDO_WINDOW_SECONDS ?=
# `make deploy LIMITS=ignore` deploys whatever the account's limits are.
LIMITS ?=
# Where the demo shop's orders come from: create, link (the default) or off.
IMPORT ?=
# What `make run` is told in: en, cs or sk.
LANG_OF_DEMO ?= en
STACK_OPTIONS = --state $(STATE) --host $(HOST) \
	$(if $(UNDO_WINDOW_SECONDS),--undo-window-seconds $(UNDO_WINDOW_SECONDS)) \
	$(if $(IMPORT),--import $(IMPORT)) \
	$(if $(AWS_PORT),--aws-port $(AWS_PORT)) \
	$(if $(FASTCENTRIK_PORT),--fastcentrik-port $(FASTCENTRIK_PORT)) \
	$(if $(MALL_PORT),--mall-port $(MALL_PORT))

BIN = .venv/bin
export SAM_CLI_TELEMETRY = 0
export __SAM_CLI_APP_DIR = $(CURDIR)/.venv-sam/app
export UV_PYTHON_DOWNLOADS = never
export UV_NO_PROGRESS = 1

# The texts that people read, compiled: the functions and the demonstration read these, people write the .po files
# beside them.
TEXTS = $(patsubst %.po,%.mo,$(wildcard shared/orderbridge/texts/locale/*/LC_MESSAGES/*.po \
	shared/orderbridge/console/locale/*/LC_MESSAGES/*.po local/demo/locale/*/LC_MESSAGES/*.po cli/orderbridge_cli/locale/*/LC_MESSAGES/*.po))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help venvs run walkthrough up down status sign-in sam-local bench screenshots build limits deploy package costs policy \
	check test format format-check lint types cfn-lint validate pytest texts openapi lock record clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# --- the main job and the local stack -------------------------------------------------------------------

run: venvs $(TEXTS) ## play the lives of sample orders through the whole product, start to end (LANG_OF_DEMO=cs: in Czech)
	@$(BIN)/python -m local.demo --language $(LANG_OF_DEMO)

walkthrough: venvs $(TEXTS) ## play the connecting of a shop at a real terminal, and write docs/walkthrough.md from it
	@$(BIN)/python -m local.walkthrough

up: venvs $(TEXTS) ## start the local stack and keep it running; its addresses are in .local/stack.json
	@$(BIN)/python -m local.stack up $(STACK_OPTIONS)

down: .venv/lock.txt ## stop the local stack
	@$(BIN)/python -m local.stack down --state $(STATE)

status: .venv/lock.txt ## say whether the local stack runs, and where
	@$(BIN)/python -m local.stack status --state $(STATE)

sign-in: .venv/lock.txt ## print a link that signs you in to the local stack's clerks' page once
	@$(BIN)/python -m local.stack sign-in --state $(STATE)

sam-local: venvs $(TEXTS) ## `sam local invoke` of every function with the events in events/ (needs Docker)
	@$(BIN)/python -m local.sam

bench: venvs $(TEXTS) ## measure what docs/measurements.md states
	@$(BIN)/python -m tests.bench

screenshots: venvs $(TEXTS) ## take the README's pictures of the clerks' page, from a real run (needs Chromium)
	@$(BIN)/python -m tests.browser.screenshots

build: venvs $(TEXTS) ## build the functions and the layer for AWS into .aws-sam
	@PATH="$(CURDIR)/$(BIN):$$PATH" .venv-sam/bin/sam build

limits: .venv/lock.txt ## are your AWS account's limits wide enough? Says what to ask for
	@$(BIN)/python -m deployment.limits $(ARGS)

deploy: venvs $(TEXTS) ## deploy to the AWS account of your own credentials: checks, asks what it does not know, builds, deploys
	@$(BIN)/python -m deployment.deploy $(if $(filter ignore,$(LIMITS)),--ignore-limits) $(ARGS)

package: build ## package the build for the Serverless Application Repository: ARGS='--s3-bucket B --region R' (docs/deploy.md)
	@.venv-sam/bin/sam package --template-file .aws-sam/build/template.yaml --output-template-file .aws-sam/packaged.yaml $(ARGS)

costs: .venv/lock.txt ## compute what it costs from counted requests and the price list; docs/deploy.md has the table
	@$(BIN)/python -m deployment.costs $(ARGS)

policy: .venv/lock.txt ## print the IAM policies for deploying and for the command line (docs/deploy.md)
	@$(BIN)/python -m deployment.policy $(ARGS)

# --- checks ---------------------------------------------------------------------------------------------

check: venvs format-check lint types $(TEXTS) ## the checks of everyday work, in some minutes: without the stack and slow tests
	@$(BIN)/pytest -q -m 'not stack and not slow' --hypothesis-profile=quick $(ARGS)

test: format-check lint types cfn-lint validate pytest ## all checks; what CI runs

format: .venv/lock.txt ## rewrite the code in the project's format
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

format-check: .venv/lock.txt ## is the code in the project's format?
	@$(BIN)/ruff format --check

lint: .venv/lock.txt ## ruff
	@$(BIN)/ruff check

types: .venv/lock.txt ## mypy, strict
	@$(BIN)/mypy

cfn-lint: .venv/lock.txt ## cfn-lint over the template, informational findings too
	@$(BIN)/cfn-lint --include-checks I --regions eu-central-1 --template template.yaml && echo 'cfn-lint: no findings'

validate: venvs ## sam validate --lint
	@.venv-sam/bin/sam validate --lint --region eu-central-1

pytest: venvs $(TEXTS) ## the tests; narrow them with ARGS, e.g. `make pytest ARGS='-m "not stack"'`
	@$(BIN)/pytest $(ARGS)

# --- texts ----------------------------------------------------------------------------------------------

texts: .venv/lock.txt ## take new codes into the catalogues of texts, compile them
	@$(BIN)/python -m deployment.texts update

openapi: venvs $(TEXTS) ## write docs/openapi.json from the code; refuses what would break callers of the API
	@$(BIN)/python -m tests.openapi

%.mo: %.po | .venv/lock.txt
	@$(BIN)/python -m deployment.texts compile

# --- environments ---------------------------------------------------------------------------------------
# lock.txt is a copy of the lock that the environment holds: where the two are equal, nothing is installed,
# whatever the files' dates say (a fresh checkout changes dates, not locks).
# Only .venv sees the package in shared/: the functions must find it in the layer.

venvs: .venv/lock.txt .venv-sam/lock.txt .venv-sam/app/metadata.json .venv-aws/lock.txt ## make the three virtual environments

.venv/lock.txt: requirements/dev.txt requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "orderbridge needs Python >= 3.11; name one with make PYTHON=...")'
	@cmp -s $< $@ || { echo 'making .venv (project, tests, linters)' && \
		$(PYTHON) -m venv --clear .venv && \
		.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/uv.txt && \
		.venv/bin/uv pip sync --quiet --require-hashes --python .venv/bin/python $< && \
		.venv/bin/uv pip install --quiet --no-deps --no-build-isolation --python .venv/bin/python --editable .; }
	@cp $< $@

.venv-%/lock.txt: requirements/%.txt | .venv/lock.txt
	@cmp -s $< $@ || { echo 'making .venv-$*' && \
		.venv/bin/python -m venv --clear --without-pip .venv-$* && \
		.venv/bin/uv pip sync --quiet --require-hashes --python .venv-$*/bin/python $<; }
	@cp $< $@

# Without this note the SAM CLI looks once a week whether there is a newer one of it.
.venv-sam/app/metadata.json: | .venv-sam/lock.txt
	@mkdir -p $(@D)
	@echo '{"lastVersionCheck": 9999999999.0, "telemetryEnabled": false}' > $@

COMPILE = .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links

lock: .venv/lock.txt ## pin the newest versions that requirements/*.in and shared/requirements.in allow
	@$(COMPILE) shared/requirements.in -o shared/requirements.txt
	@$(COMPILE) requirements/uv.in -o requirements/uv.txt
	@for name in dev sam aws; do $(COMPILE) requirements/$$name.in -o requirements/$$name.txt || exit 1; done

record: .venv/lock.txt ## record the forms of messages and records, once for every release (tests/kept)
	@$(BIN)/python -m tests.kept

clean: ## stop the local stack, remove all that make made
	@if [ -x $(BIN)/python ] && [ -f $(STATE)/processes.json ]; then $(BIN)/python -m local.stack down --state $(STATE); fi
	rm -rf .venv .venv-sam .venv-aws .local .aws-sam .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f $(TEXTS)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
