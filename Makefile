# Needs make and a Python of at least 3.11; everything else is put into .venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
MEASURED := .venv/.measured
UV := $(shell command -v uv 2>/dev/null)
EXAMPLES := $(dir $(wildcard examples/*/pyproject.toml))
EDITABLE := -e ".[all]" $(addprefix -e ./,$(EXAMPLES)) --group dev
WORKERS ?= auto

.PHONY: ready demo test contract rules check style typing architecture references docs soak mutants \
  bench bench-peers bench-growth clean
.DEFAULT_GOAL := ready

ready: $(READY)

$(READY): pyproject.toml $(wildcard examples/*/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "ejournal needs Python 3.11 or later, and '$(PYTHON)' is" \
	    "$$(command -v $(PYTHON) >/dev/null && $(PYTHON) --version 2>&1 || echo not there)." >&2; \
	  echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
ifdef UV
	@test -x $(BIN)/python || $(UV) venv --quiet --python "$$(command -v $(PYTHON))" .venv
	@$(UV) pip install --quiet --python $(BIN)/python $(EDITABLE)
else
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check $(EDITABLE)
endif
	@touch $@

# What the library is measured beside.
$(MEASURED): $(READY)
ifdef UV
	@$(UV) pip install --quiet --python $(BIN)/python --group bench
else
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --group bench
endif
	@touch $@

demo: $(READY)
	@$(BIN)/ejournal demo

test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term

# The contract of storages, promise by promise, over every storage there is.
contract: $(READY)
	$(BIN)/python -m pytest -q -n $(WORKERS) --ejournal-report=contract.json \
	  tests/test_*contract.py examples/ejournal-scroll/tests/test_scroll.py

# The rules that the library holds, each with its tests.
rules: $(READY)
	@$(BIN)/python tools/rules.py

check: style typing architecture references

style: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

typing: $(READY)
	$(BIN)/mypy

architecture: $(READY)
	$(BIN)/lint-imports --no-logo --no-cache

# All that the documentation says of the code and of itself, without laying out pages.
references: $(READY)
	$(BIN)/python -m sphinx -q -E -n -W --keep-going -b dummy docs docs/_build/references

docs: $(READY)
	$(BIN)/python -m sphinx -q -E -n -W --keep-going -b html docs docs/_build/html

# Every generated test once more, with far more examples and a new seed each time; every fault, a
# thousand times; a whole school year; and who notices when the model is changed.
soak: $(READY)
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -n $(WORKERS) -m "soak or hypothesis"
	$(MAKE) mutants

# 400 changes of the model, one at a time; MUTANTS says which others, see tools/mutants.
mutants: $(READY)
	$(BIN)/python -m tools.mutants $(MUTANTS)

# Every work beside the same by hand; BENCH says what of it, see docs/performance.md.
bench: $(READY) $(MEASURED)
	$(BIN)/python -m pytest -q -s -m bench
	PYTHONPATH=tests $(BIN)/python -m benchmarks --page docs/performance.md $(BENCH)

# What else keeps marks, in the same rounds.
bench-peers: $(READY) $(MEASURED)
	PYTHONPATH=tests $(BIN)/python -m benchmarks.peers --page docs/performance.md $(BENCH)

# Millions of marks, a thousand schools, eight writers, and the memory of files: about an hour.
bench-growth: $(READY) $(MEASURED)
	PYTHONPATH=tests $(BIN)/python -m benchmarks.growth --page docs/performance.md $(BENCH)

clean:
	rm -rf .venv .nox build dist docs/_build htmlcov .coverage .coverage.* \
	  .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
