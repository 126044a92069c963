# Leadloom: the commands of the house. `make help` lists them.
#
# Needs make and Python 3.11 or newer with its venv module, nothing else. `make PYTHON=/path/to/python demo` chooses one.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
PY := .venv/bin/python
TESTS ?= tests
WORKERS ?= 3
TRIALS ?= 10
TYPED := core connectors sandbox benchmarks demo scripts tests
PYTHON ?=
export PYTHON

.PHONY: help setup setup-bulk setup-dev demo test check format types imports lock-check chaos bench bench-peers lock clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name text; do printf '%-18s %s\n' "$$name" "$$text"; done

setup: ## build .venv with what Leadloom needs to run
	@sh scripts/setup.sh base

setup-bulk: ## the same, with Splink and DuckDB for `leadloom dedupe`
	@sh scripts/setup.sh bulk

setup-dev:
	@sh scripts/setup.sh dev

demo: setup ## run the main job against the sandbox and prove that no lead is missing
	@$(PY) -m demo

test: setup-dev ## run the whole test suite
	$(PY) -m pytest -n $(WORKERS) --dist loadgroup $(TESTS)

check: setup-dev ## format, lint, types, import rules, lock
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy $(TYPED)
	.venv/bin/lint-imports --no-cache
	$(PY) scripts/check_lock.py

format: setup-dev ## put every file into the house's format
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

chaos: setup-dev ## the long trials, ten times as many as in `make test` (TRIALS=n for another number)
	LEADLOOM_TRIALS=$(TRIALS) $(PY) -m pytest --timeout 14400 -k "not demo" tests/property tests/journeys
	$(PY) -m scripts.plant_faults

bench: setup-dev ## measure every figure and write docs/figures.md
	$(PY) scripts/render_figures.py benchmarks docs/figures.md

bench-peers: setup-dev ## install what some benchmarks compare with into var/peers (then: make bench)
	$(PY) -m pip install --quiet --upgrade --target var/peers -r benchmarks/support/peers.txt

lock: ## compute the locked requirements anew (needs uv)
	@sh scripts/lock.sh

clean: ## remove .venv and everything that can be made again
	rm -rf .venv var dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
