# Bare `make` is `make test`. `make run` is the demonstration: see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := test
.PHONY: run test check soak benches clean install dataset sequences deb

$(STAMP): setup.py pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Sandwatch needs Python 3.11 or newer; this is $$($(PYTHON) --version). On Debian 12: sudo apt install python3"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "The Python module venv is missing. Install it with: sudo apt install python3-venv"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $(STAMP)

install: $(STAMP)

# The station on loopback, the agent replaying the bundled voyage, events uploaded. ONCE=1 stops when all is acknowledged.
run: $(STAMP)
	$(BIN)/sandwatch-station demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/pytest

# Long forms. `make soak T=nmea` runs those whose name matches.
soak: $(STAMP)
	$(BIN)/pytest -m soak --timeout 3600 $(if $(T),-k '$(T)')

benches: $(STAMP)
	for bench in benches/bench_*.py; do $(BIN)/python $$bench || exit 1; done

# A Debian package for arm64, for the Python that made .venv: `make deb DIR=folder`.
deb: $(STAMP)
	$(BIN)/python packaging/deb.py $(or $(DIR),dist)

# The detector's rendered data set: `make dataset DIR=folder COUNT=6400 WORKERS=2`. Goes on where it stopped.
# A quarter as many again of a vessel close by and a sixth of harbours, without gear: DIR/hulls and DIR/harbour.
dataset: $(STAMP)
	$(BIN)/python -m models.synth dataset $(or $(DIR),dataset)/all --count $(or $(COUNT),6400) --seed $(or $(SEED),1) --workers $(or $(WORKERS),1)
	$(BIN)/python -m models.synth dataset $(or $(DIR),dataset)/hulls --scenes hulls --count $$(( $(or $(COUNT),6400) / 4 )) --seed $(or $(SEED),1) --workers $(or $(WORKERS),1)
	$(BIN)/python -m models.synth dataset $(or $(DIR),dataset)/harbour --scenes harbour --count $$(( $(or $(COUNT),6400) / 6 )) --seed $(or $(SEED),1) --workers $(or $(WORKERS),1)

# Minutes of rendered work with known cycles: `make sequences DIR=folder COUNT=24`. Goes on where it stopped.
sequences: $(STAMP)
	$(BIN)/python -m models.synth sequences $(or $(DIR),sequences) --count $(or $(COUNT),24) --seed $(or $(SEED),1) --seconds $(or $(SECONDS),360)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
