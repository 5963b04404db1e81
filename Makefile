# Needs Python 3.11 or newer (make PYTHON=...); `playground` and `lock` also need Node and uv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
# Commands start a second sooner where Python may keep its bytecode; the suite starts hundreds of them.
unexport PYTHONDONTWRITEBYTECODE
LOCK := uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url

.PHONY: demo test check lint golden bench bench-plan bench-compose bench-start bench-reload bench-registry bench-page bench-subscriptions bench-access bench-telemetry fuzz load chaos oracle clients playground lock

demo: $(READY)    ## four subgraphs and the router; ^C stops them
	@$(BIN)/olympus demo

test: lint        ## everything, warnings as errors
	$(PYTEST) -n auto --dist loadfile --no-loadscope-reorder --ignore=tests/benchmarks $(PYTEST_ARGS)
check: lint       ## what takes seconds: format, lint, types, layers
	$(PYTEST) tests/test_layers.py
lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

golden: $(READY)  ## rewrite the golden cases; the diff is the review
	GOLDEN=update $(PYTEST) --ignore=tests/benchmarks --ignore=tests/e2e
bench bench-plan bench-compose bench-start bench-reload bench-registry bench-page bench-subscriptions bench-access bench-telemetry: $(READY)  ## the README's numbers, each with how it is measured
	$(BIN)/python -m tests.benchmarks.$(subst -,_,$(@:bench=bench-router)) $(BENCH_ARGS)
fuzz: $(READY)    ## ten minutes of broken requests against a real router; FUZZ_ARGS="--seconds 60 --seed 1"
	$(BIN)/python -m tests.fuzz $(FUZZ_ARGS)
load: $(READY)    ## a thousand users on the demo for five minutes; LOAD_ARGS="--seconds 60 --users 500"
	$(BIN)/python -m tests.load $(LOAD_ARGS)
chaos: $(READY)   ## twenty minutes of failing parts under load; CHAOS_ARGS="--seconds 180 --seed 1 --report docs/chaos.md"
	$(BIN)/python -m tests.chaos $(CHAOS_ARGS)
oracle: $(READY)  ## composition beside npm's composers and gateway (Node)
	@PYTEST="$(PYTEST)" .ci/oracle
clients: $(READY) ## Apollo Client, urql, graphql-ws, graphql-sse against a running router (Node)
	@PYTEST="$(PYTEST)" .ci/clients
playground:       ## rebuild router/server/static
	cd playground && npm ci --ignore-scripts && npm run build
lock:             ## resolve pyproject.toml again
	$(LOCK) --extra demo --extra postgres --extra casbin --extra otel --extra dev -o requirements.lock
	$(LOCK) --extra demo --extra postgres --extra otel -c requirements.lock -o requirements-image.lock
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e . && touch $@
