# Two commands do everything: `make demo` and `make test`. Each sets up what it needs:
# a virtual environment, the locked dependencies and an embedded PostgreSQL.

SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for one in python3 python3.13 python3.12 python3.11 python; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& command -v $$one && break; done)
# A whole run of the tests uses this many processes; each has a PostgreSQL of its own.
JOBS ?= 2
# So many random scripts `make property` plays; a seed that it printed plays them again.
EXAMPLES ?= 200
SEED ?=
# `make soak` runs for so long.
MINUTES ?= 60
# So long `make fuzz` searches each decoder.
FUZZ_SECONDS ?= 60
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV := VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes \
	--no-emit-index-url --python-version 3.11 \
	--custom-compile-command 'make lock' $(ARGS)
DEMO_READY := $(VENV)/.ready-demo
DEV_READY := $(VENV)/.ready-dev

.DEFAULT_GOAL := help
.PHONY: help audit demo test property fuzz faults lint format bench \
	soak docs lock browser grafana-schema clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

demo: $(DEMO_READY) ## Play 90 days of three bots, then watch a live one on a page
	@$(BIN)/turnspan demo $(ARGS)

test: lint ## Run every check and test (ARGS=… goes to pytest)
	@echo "== tests ($(JOBS) processes)"
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadscope $(ARGS)

property: $(DEV_READY) ## Search longer for wrong numbers (EXAMPLES=200 SEED=…)
	@TURNSPAN_PROPERTY_EXAMPLES=$(EXAMPLES) TURNSPAN_PROPERTY_SEED=$(SEED) \
		$(BIN)/python -m pytest -s tests/reference/test_metrics.py -k search $(ARGS)

lint: $(DEV_READY) ## Run ruff, mypy --strict and import-linter
	@echo "== ruff"
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .
	@echo "== mypy --strict"
	@$(BIN)/mypy
	@echo "== import-linter"
	@$(BIN)/lint-imports --no-logo

audit: $(DEV_READY) ## Ask for known vulnerabilities of the locked dependencies
	@$(BIN)/python -m tests.support.audit requirements/dev.lock \
		requirements/demo.lock requirements/fuzz.lock requirements/uv.lock $(ARGS)

format: $(DEV_READY) ## Mend what ruff can mend
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

fuzz: $(DEV_READY) ## Search for bytes that break something (FUZZ_SECONDS=60 each)
	@$(UV) pip install --require-hashes --requirement requirements/fuzz.lock \
		|| $(PIP) install --require-hashes --requirement requirements/fuzz.lock
	@for one in protobuf json compressed; do \
		echo "== $$one ($(FUZZ_SECONDS) s)"; \
		$(BIN)/python -m tests.fuzz.run $$one $(FUZZ_SECONDS) || exit 1; done
	@echo "== requests and the API"
	@TURNSPAN_FUZZ_EXAMPLES=1000 TURNSPAN_FUZZ_API_EXAMPLES=150 \
		$(BIN)/python -m pytest --timeout 1800 tests/fuzz $(ARGS)

browser: $(DEV_READY) ## Run only the tests that drive Chromium
	@$(BIN)/python -m pytest -m browser $(ARGS)

grafana-schema: $(DEV_READY) ## Compile the dashboards against Grafana's types, from npm
	@TURNSPAN_TEST_NPM=1 $(BIN)/python -m pytest tests/dashboards/test_schema.py $(ARGS)

faults: $(DEV_READY) ## Kill, cut, slow and fill for longer, and count every row after
	@TURNSPAN_FAULTS=long $(BIN)/python -m pytest -n 0 -v --timeout 3600 \
		tests/faults $(ARGS)

bench: $(DEV_READY) ## Measure, on an embedded PostgreSQL, with ratios taken in one run
	@for one in capture ingest derive spool; do \
		echo "== benchmarks.$$one"; \
		$(BIN)/python -m benchmarks.$$one || exit 1; done

soak: $(DEV_READY) ## Run the collector for an hour at half its speed (MINUTES=60)
	@$(BIN)/python -m benchmarks.soak --minutes $(MINUTES) $(ARGS)

docs: $(DEV_READY) ## Write again what is generated; the tests fail when it is stale
	@$(BIN)/python -m turnspan.registry.generate
	@$(BIN)/python -m turnspan_exporters.timescale.metrics.generate
	@$(BIN)/python -m turnspan_dashboards.generate
	@$(BIN)/python -m turnspan_collector._settings_page > docs/settings.md
	@$(BIN)/python -m tests.docs.elsewhere
	@$(BIN)/python -m tests.conformance.otlp.page

lock: $(DEV_READY) ## Resolve the dependencies again into requirements/
	@$(LOCK) --group uv -o requirements/uv.lock
	@$(LOCK) --group fuzz -o requirements/fuzz.lock
	@$(LOCK) --extra demo --group build -o requirements/demo.lock pyproject.toml
	@$(LOCK) --all-extras --group dev -o requirements/dev.lock pyproject.toml

clean: ## Remove the virtual environment and every cache
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.made:
	@test -n "$(PYTHON)" || { \
		echo "turnspan needs Python 3.11 or newer; name one with make PYTHON=…"; exit 2; }
	@echo "== virtual environment in $(VENV) ($(PYTHON))"
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python came without venv; on Debian: apt install python3-venv"; exit 2; }
	@touch $@

# uv installs in a third of pip's time; where it is not to be had, or reads another
# index than pip is told to, pip does the same. The package's own build is locked too,
# hence no build isolation.
define install
	@$(PIP) install --require-hashes --requirement requirements/uv.lock || true
	@$(UV) pip install --require-hashes --requirement $(1) 2>/dev/null \
		|| $(PIP) install --require-hashes --requirement $(1)
	@$(PIP) install --no-deps --no-build-isolation --editable .
endef

$(DEMO_READY): $(VENV)/.made requirements/demo.lock pyproject.toml
	@echo "== dependencies of the demo (locked, about 60 MB)"
	$(call install,requirements/demo.lock)
	@touch $@

$(DEV_READY): $(VENV)/.made requirements/dev.lock pyproject.toml
	@echo "== dependencies of the tests (locked, about 250 MB)"
	$(call install,requirements/dev.lock)
	@touch $@ $(DEMO_READY)
