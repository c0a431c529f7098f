# Each target sets up what it needs: Python 3.11+, make and a package index are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OLDER := .venv-older/.ready
PEERS := .venv-peers/.ready
FUZZ := .venv-fuzz/.ready
DATA ?= data
HISTORY ?= ../shared/history
DAYS ?= 100
SEED ?= 1
LOCKSTEP := $(BIN)/lockstep

.DEFAULT_GOAL := help
.PHONY: help run test ui view check docs lint types audit bench simulation peers reliability fuzz ticks clean

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Lockstep needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The file for readers must open in an older DuckDB, tried in an environment of its own.
$(OLDER): tests/older/requirements.lock
	$(PYTHON) -m venv .venv-older
	.venv-older/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# Other libraries that compute the same, in an environment of their own (pyunicorn is built here: it needs a C compiler).
$(PEERS): bench/peers/requirements.lock
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# atheris lets coverage lead the bytes that the parsers are given; an environment of its own.
$(FUZZ): bench/fuzz/requirements.lock
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

run: $(READY)  ## the day on the embedded sample, and its answer
	$(LOCKSTEP) run --sample --data $(DATA)

# In the order of the folders: the few long files would else come last, one after the other.
test: $(READY) $(OLDER)  ## the tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

ui: $(READY)  ## the Dagster UI on the same data folder (http://127.0.0.1:3000)
	@mkdir -p $(DATA)/dagster
	DAGSTER_HOME=$(CURDIR) LOCKSTEP_DATA=$(abspath $(DATA)) PATH="$(abspath $(BIN)):$$PATH" $(BIN)/dagster dev -w workspace.yaml -h 127.0.0.1

view: $(READY)  ## the same, but nothing can be started or stopped in it (http://127.0.0.1:3001)
	@mkdir -p $(DATA)/dagster
	DAGSTER_HOME=$(CURDIR) LOCKSTEP_DATA=$(abspath $(DATA)) PATH="$(abspath $(BIN)):$$PATH" $(BIN)/dagster-webserver -w workspace.yaml -h 127.0.0.1 -p 3001 --read-only

lint: $(READY)  ## style of Python and SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint sql --processes 2 --disable-progress-bar
	$(BIN)/sqlfluff lint pipelines/claims/templates --templater placeholder --processes 2 --disable-progress-bar

types: $(READY)  ## types
	$(BIN)/basedpyright

docs: $(READY)  ## write the generated pages
	$(LOCKSTEP) docs

audit: $(READY)  ## the dependencies: locks complete, pinned and hashed, nothing known to be vulnerable
	$(BIN)/python -m bench.audit $(AUDIT)

check: AUDIT := --where-reachable
check: lint types audit test  ## all that must hold before a commit

bench: $(READY) $(PEERS)  ## ratios against a peer or the scan limit
	$(BIN)/python -m bench

simulation: $(READY)  ## what the nulls say where the truth is known, write docs/simulation.md
	$(BIN)/python -m bench.simulation docs/simulation.md

peers: $(READY) $(PEERS)  ## compare with other libraries on real history, write docs/peers.md
	@kept=$$(mktemp -d) && trap 'rm -rf "$$kept"' EXIT && \
	$(BIN)/python -m bench.peers.export "$(HISTORY)" "$$kept" && \
	.venv-peers/bin/python -m bench.peers.compare "$$kept" docs/peers.md

reliability: $(READY)  ## DAYS=100 SEED=1: days under faults, kills, a full disk and readers, write docs/reliability.md
	$(BIN)/python -m bench.reliability --days $(DAYS) --seed $(SEED) --write docs/reliability.md

fuzz: $(READY) $(FUZZ)  ## a million bad answers for the parsers, write docs/fuzzing.md
	$(BIN)/python -m bench.fuzz --python .venv-fuzz/bin/python --write docs/fuzzing.md

ticks: $(READY)  ## plant bad ticks in real history, write docs/bad-ticks.md
	$(BIN)/python -m bench.bad_ticks "$(HISTORY)" docs/bad-ticks.md

clean:  ## remove the environments; data stays
	rm -rf $(VENV) .venv-older .venv-peers .venv-fuzz
