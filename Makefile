# Everything a person types here. Each target does its own set-up; `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Some containers forbid Python to keep what it compiled: then each command would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help demo test check bench bench-gate docs bundle spark soak soak-short format lock clean

help: ## say what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## a fictitious hospital, everything running, nothing to prepare
	@tools/env.sh run
	@.venv/bin/python -m sekisho demo $(DEMO)

test: ## everything: set-up, lint, types, import contracts, all tests on real components
	@tools/test.sh

check: ## the quick minute: lint, types, import contracts, tests of the house and of what you changed
	@tools/env.sh dev
	@tools/check.sh quick

bench: ## speeds beside their peers, on this machine
	@tools/env.sh dev
	@tools/bench.sh

bench-gate: ## the gate beside nginx and plain aiohttp (needs wrk and nginx)
	@tools/env.sh dev
	@.venv/bin/python bench/gate/run.py

docs: ## prove README and docs against the program
	@tools/env.sh dev
	@.venv/bin/python -m pytest tests/house -q -p no:randomly

bundle: ## one signed file that installs on a machine without a network
	@tools/env.sh dev
	@tools/bundle.sh

spark: ## the review on Apache Spark gives what DuckDB gives (a cluster of its own)
	@tools/env.sh dev
	@tools/spark.sh

soak: ## an hour: 200 kills, long fuzzing, big sizes, the closed install
	@tools/env.sh dev
	@tools/soak.sh long

soak-short: ## at most ten minutes of soak, for CI
	@tools/env.sh dev
	@tools/soak.sh short

format: ## put the code into its form
	@tools/env.sh dev
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format .

lock: ## write requirements/*.txt anew from pyproject.toml
	@tools/env.sh dev
	@tools/lock.sh

clean: ## remove what was made here (environments, caches, dist)
	@rm -rf .uv .venv .sslyze .trestle .spark .work dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
