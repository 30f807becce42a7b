# One place for every command; what CI runs is what you run.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --disable-pip-version-check install --quiet

ADDRESSES ?= 25000
SEED      ?= 1
ROWS      ?= 20000
WORKERS   ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test check format lint types arrows lock services peers bench clean

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(VENV)/runtime ## Run the exchange `adressen` of a fictional municipality through Airflow (ADDRESSES=25000 SEED=1)
	@$(BIN)/python -m vlekkeloos.sandbox.demo --folder .local --addresses $(ADDRESSES) --seed $(SEED)

# A file stays on one core, so that what its tests share is made once; in the files' own order the longest, of few
# tests, come halfway and not last.
test: $(VENV)/dev ## Install what the tests need, and run them (WORKERS=2)
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

check: lint types arrows test ## Format, lint, types, arrows between the rooms, tests

format: $(VENV)/dev ## Put the code in its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/dev ## Is the code in its form, and without known mistakes?
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/dev ## Are the engine's types strict and right?
	$(BIN)/mypy

arrows: $(VENV)/dev ## Do the imports between the rooms point one way?
	$(BIN)/lint-imports

# Where to give money to a package's makers is an address too; npm installs the same without it.
define WITHOUT_FUNDING
import json, pathlib
file = pathlib.Path("package-lock.json")
lock = json.loads(file.read_text())
for package in lock["packages"].values():
    package.pop("funding", None)
file.write_text(json.dumps(lock, indent=2) + "\n")
endef
export WITHOUT_FUNDING

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-find-links
lock: $(VENV)/dev ## Pin requirements/ anew, with hashes and without addresses
	echo 'setuptools' | $(LOCK) - --output-file requirements/build.txt
	echo 'moto[server]' | $(LOCK) - --output-file requirements/services.txt
	printf '%s\n' 'datacompy[polars]' 'dlt[deltalake,parquet]' 'pandera[pandas]' 'pointblank[pd]' | $(LOCK) - --output-file requirements/peers.txt
	$(LOCK) pyproject.toml --output-file requirements/runtime.txt
	$(LOCK) --extra dev --constraint requirements/runtime.txt pyproject.toml --output-file requirements/dev.txt
	cd requirements/prism && rm -f package-lock.json \
		&& npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --loglevel=error \
		&& $(CURDIR)/$(BIN)/python -c "$$WITHOUT_FUNDING"

clean: ## Remove what runs and tests made; the installed packages stay
	rm -rf .local .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Vlekkeloos needs Python 3.11, 3.12 or 3.13; say which: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime: requirements/build.txt requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Vlekkeloos runs on; a few minutes, once."
	$(PIP) --require-hashes --requirement requirements/build.txt --requirement requirements/runtime.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

PRISM := .local/prism/node_modules/.package-lock.json
services: .local/services/bin/moto_server $(PRISM) ## Install the servers that tests need: an S3-compatible one, and Prism

# It needs other versions of what Airflow needs, so it has an environment of its own.
.local/services/bin/moto_server: requirements/services.txt
	$(PYTHON) -m venv .local/services
	.local/services/bin/pip --disable-pip-version-check install --quiet --require-hashes --requirement $<

peers: .local/peers/done ## Install what the benchmarks compare with

# An environment of its own: beside Airflow, dlt loads Airflow too, and would be slower than it is.
.local/peers/done: requirements/peers.txt
	$(PYTHON) -m venv .local/peers
	.local/peers/bin/pip --disable-pip-version-check install --quiet --require-hashes --requirement $<
	@touch $@

bench: $(VENV)/runtime peers ## Run the benchmarks at a small size (ROWS=20000); benchmarks/README.md says more
	$(BIN)/python benchmarks/ingest.py --rows $(ROWS) --rounds 1
	$(BIN)/python benchmarks/validate.py --rows $(ROWS) --rounds 1
	$(BIN)/python benchmarks/ledger.py --rows $(ROWS) --rounds 1
	$(BIN)/python benchmarks/reconcile.py --rows $(ROWS) --rounds 1
	$(BIN)/python benchmarks/link.py --rows $(ROWS) --rounds 1

# Prism holds the connectors' requests against the registries' OpenAPI files. npm's own list of what it installed
# is what says that it is there; no package may run a script of its own.
$(PRISM): requirements/prism/package.json requirements/prism/package-lock.json
	@command -v npm >/dev/null || { echo "Prism needs Node.js (18 or newer) and npm: install these first"; exit 1; }
	@mkdir -p .local/prism
	cp requirements/prism/package.json requirements/prism/package-lock.json .local/prism/
	npm ci --prefix .local/prism --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(VENV)/dev: requirements/dev.txt pyproject.toml | $(VENV)/runtime
	$(PIP) --require-hashes --requirement requirements/dev.txt
	@touch $@
