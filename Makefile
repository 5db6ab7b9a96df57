# Every target does its own set-up. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 3

.DEFAULT_GOAL := help
.PHONY: help setup demo test check web-test unit simulated sim integration e2e bench kills chaos chaos-long power cluster screenshots web fix docs lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMP): $(wildcard infra/requirements/*.txt) pyproject.toml infra/setup.sh
	@sh infra/setup.sh "$(PYTHON)" "$(VENV)"
	@touch $@

setup: $(STAMP) ## virtual environment, pinned requirements, editable install

demo: setup ## a throw-away repository with a bug becomes a green branch
	$(BIN)/mycoder demo

test: setup ## everything that must be green before a change lands
	@$(MAKE) --no-print-directory -j $(JOBS) -O check web-test
	@$(MAKE) --no-print-directory unit simulated integration e2e

check: setup ## formatting, lint, types, import direction, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

web-test: setup ## the page: types, tests, and that the committed build is made from this source
	@sh web/check.sh "$(CURDIR)/$(BIN)/python"

unit: setup ## the pure core, in seconds
	$(BIN)/pytest -q -n $(JOBS) --dist worksteal tests/unit

simulated: setup ## a fixed lot of simulated histories, and faults in the code that they must find
	$(BIN)/pytest -q -n $(JOBS) tests/sim

sim: setup ## 10,000 simulated histories (SEEDS=n, FIRST=n), or one to read (SEED=n); see docs/simulation.md
	$(BIN)/python -m tests.sim.run

integration: setup ## against a real nats-server, real git, the real sandbox
	$(BIN)/pytest -q -n $(JOBS) --dist worksteal tests/integration

e2e: setup ## through the command line and a browser
	$(BIN)/pytest -q -n $(JOBS) --dist loadfile tests/e2e

bench: setup ## one JSON line per figure; see docs/benchmarks.md
	$(BIN)/python tests/bench/run.py

kills: setup ## kill -9 of every process at every boundary of a step; see docs/kills.md
	$(BIN)/python tests/chaos/kill_matrix.py

cluster: setup ## a broker of three nodes and machines in network namespaces; needs root; see docs/cluster.md
	$(BIN)/pytest -q -s tests/cluster

chaos: setup ## ill-treat a fleet under load and judge it, in minutes; MUTATION=name breaks the code first; see docs/RELIABILITY.md
	$(BIN)/python tests/chaos/chaos.py $(if $(MUTATION),--mutation $(MUTATION))

chaos-long: setup ## the same for HOURS=1, from random seeds
	$(BIN)/python tests/chaos/chaos_long.py --hours $(or $(HOURS),1)

power: setup ## cut the power of a fleet at load IMAGES=40 times (root, loop devices) and judge what is left
	$(BIN)/python tests/chaos/power_loss.py --images $(or $(IMAGES),40)
	$(BIN)/python tests/chaos/power_mixed.py

docs: setup ## write the pages that are made from the code
	$(BIN)/python infra/docs.py

screenshots: setup ## pictures of every screen, into docs/screens
	MYCODER_SCREENSHOTS=docs/screens $(BIN)/pytest -q tests/e2e/test_web_screens.py

web: setup ## generate the page's types, build it into gateway/static
	@sh infra/setup-web.sh
	$(BIN)/python web/make_types.py
	cd web && npm run --silent build

fix: setup ## format and repair what can be repaired
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## pin the requirements again, with hashes and no registry address
	uv pip compile pyproject.toml --extra redis --generate-hashes --no-emit-index-url --no-header --no-annotate -o infra/requirements/runtime.txt
	uv pip compile pyproject.toml --extra redis --group dev --generate-hashes --no-emit-index-url --no-header --no-annotate -o infra/requirements/dev.txt
	uv pip compile --group contract --generate-hashes --no-emit-index-url --no-header --no-annotate -o infra/requirements/contract.txt

clean: ## remove what the targets made
	rm -rf $(VENV) .types *.egg-info .mypy_cache .ruff_cache
