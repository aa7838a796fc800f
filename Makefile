SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test unit slow cover wheel lint bench rivals sim soak recordings replays requirements sbom audit clean

BIN := .venv/bin
SEEDS ?= 1000000
FIRST ?= 0
ROUNDS ?= 20
REPLAYS ?= 1
# Browser tests wait about as long as they compute, so more of them than cores.
WORKERS ?= 4
# A disk is waited for at each commit, a hundred times an order. Where memory has a gigabyte free,
# tests and what they start work there.
MEMORY = $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 1000000 {print "/dev/shm"}')
# Plugins that no test of ours uses, which would take a moment of each.
NEEDLESS = $(addprefix -p no:,playwright pytest_postgresql anyio)
# What a run leaves lies in memory, so that of the last one only.
PYTEST = $(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/pytest --dist worksteal -o tmp_path_retention_count=1 $(NEEDLESS)
# Python keeps what it compiled: else every process of the tests compiles it all anew.
export PYTHONDONTWRITEBYTECODE =

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

setup: ## make .venv and find a browser (the others do this by themselves)
	@.ci/setup

demo: setup ## cancel an order in stand-ins of both sites, before your eyes
	@$(BIN)/vendorfirst demo

test: setup ## run the tests; PYTEST_ARGS="-k name -x" passes options on
	$(PYTEST) -n $(WORKERS) $(PYTEST_ARGS)

unit: setup ## run the tests that need no browser; the loop of whoever changes something
	$(PYTEST) -n 3 -m "not replays and not slow and not postgresql" tests/unit tests/test_architecture.py $(PYTEST_ARGS)

slow: setup ## run the tests that `make test` leaves out because they take long
	$(PYTEST) -n $(WORKERS) -m slow $(PYTEST_ARGS)

cover: setup ## cover the rule and its words to the last branch
	$(BIN)/pytest -n 2 --cov --cov-report= tests/unit/cancellation $(PYTEST_ARGS)
	$(BIN)/coverage report --include='robot/cancellation/*' --fail-under=100

wheel: setup ## build the wheel, and run the unit tests and the demo from it, away from this checkout
	@.ci/wheel

lint: setup ## ruff, mypy and the arrows between the packages
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: setup ## measure how fast a cancellation is, the queue, open pages, and a replay
	$(BIN)/pytest -s tests/benchmarks/bench_*.py $(PYTEST_ARGS)

rivals: setup ## make the environments of other tools, which `make bench` then measures beside ours
	$(BIN)/python -m venv .rivals/selenium
	.rivals/selenium/bin/pip install --quiet selenium pyotp
	$(BIN)/python -m venv .rivals/robotframework
	.rivals/robotframework/bin/pip install --quiet robotframework robotframework-browser-batteries pyotp

sim: setup ## simulate SEEDS cancellations (default 1000000) on all cores, from seed FIRST (default 0) on
	$(BIN)/python -m tests.simulation.many $(SEEDS) $(FIRST)

soak: setup ## ROUNDS rounds (default 20) of kill -9 of workers and browsers, with faults on
	VENDORFIRST_SOAK_ROUNDS=$(ROUNDS) $(BIN)/pytest tests/benchmarks/soak.py $(PYTEST_ARGS)

recordings: setup ## record the stand-in sites anew; NAMES="done shipped" records only those
	$(BIN)/python -m robot.recording.samples $(NAMES)

replays: setup ## replay every recording REPLAYS times (default 1), 4 at a time, without a network; time planted bugs
	VENDORFIRST_REPLAYS=$(REPLAYS) .ci/offline $(BIN)/pytest --timeout=0 -m replays \
	  tests/replay/test_replays.py tests/replay/test_planted_bugs.py tests/replay/test_recordings.py $(PYTEST_ARGS)

requirements: setup ## pin the packages anew, with hashes
	$(BIN)/python -m pip install --quiet pip-tools
	CUSTOM_COMPILE_COMMAND='make requirements' $(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-strip-extras \
	  --allow-unsafe --extra=test --extra=dev --extra=keyring --extra=timestamps --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  --output-file=requirements.txt pyproject.toml

sbom: setup ## write dist/sbom.cdx.json (CycloneDX), made from the lock file
	mkdir -p dist
	$(BIN)/python .ci/sbom.py > dist/sbom.cdx.json

audit: setup ## look for known weaknesses of the pinned packages, where their database can be reached
	@.ci/audit

clean: ## remove .venv and everything that can be made again
	rm -rf .venv .rivals .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* dist build test-results *.egg-info
	find robot flows tests -name __pycache__ -type d -prune -exec rm -rf {} +
