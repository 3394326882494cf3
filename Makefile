# Two commands matter on a fresh machine with Python and make: `make try` and `make test`.
# PYTHON is the interpreter a virtual environment is made from; VENV is where it stands.

PYTHON ?= python3
VENV ?= .venv
PYENV_ROOT ?= $(HOME)/.pyenv
VERSIONS := 3.11 3.12 3.13
# What runs on every leg: as far as Python, its versions and those of the dependencies could make a difference.
CORE := tests/unit/model tests/unit/syntax tests/unit/semantics tests/unit/checking tests/unit/compiling tests/unit/runtime \
	tests/unit/documents/test_formatting.py tests/unit/test_guard.py tests/unit/test_variables.py \
	tests/conformance/test_cel.py tests/hazards/test_v88_a_newer_python.py
# Its first number is the version of Python that it brings.
PYODIDE ?= ^314.0.7
WASM := build/wasm
LOWEST := .venv-lowest
# What runs on the lowest versions of web frameworks: the one table of requests through each, and closure.
WEB := fastapi starlette flask django drf sqlalchemy
WEB_TESTS := tests/unit/http tests/integrations/test_fastapi.py tests/integrations/test_starlette.py tests/integrations/test_asgi_closure.py \
	tests/integrations/test_openapi.py tests/integrations/test_django_http.py tests/integrations/test_flask_http.py \
	tests/integrations/test_django_views.py tests/integrations/test_drf_views.py tests/integrations/test_flask_views.py
FRAMEWORKS := .venv-frameworks
BENCH := .venv-bench
comma := ,
space := $(subst ,, )
ACCOUNT := .venv-account
NIGHT_REQUESTS ?= 50000
# Of each law, so many times the examples that it has by day.
NIGHT_LAWS ?= 10
MUTANTS ?= 200
FUZZ_REQUESTS ?= 200000
FUZZ_PARSES ?= 1000000
FUZZ_EXPRESSIONS ?= 500000
# Packs of each test of lists: 250 are some 6,000 questions about a row, for each of ten tests.
FUZZ_LISTS ?= 250
# Pairs of packs that are compared, cell by cell too.
FUZZ_DIFFS ?= 1000
# Pairs of small packs that are gone through request by request.
FUZZ_PACKS ?= 5000
PARTS := w1 w2 w3 w4 w5 w6 w7 w8

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.DEFAULT_GOAL := help
.PHONY: help try account bench-account test lint suite suite-core test-keeping coverage test-all test-wasm test-lowest test-frameworks pyright docs fuzz night mutate bench bench-peers bench-check bench-quick bench-instructions bench-filters bench-diff bench-cel clean

help:
	@echo "make try       install into $(VENV) and see scopeguard at work"
	@echo "make account   install the example account and serve it on loopback; ACCOUNT_DATABASE_URL for PostgreSQL"
	@echo "make test      lint, types, import contracts and the whole suite"
	@echo "make coverage  branch coverage by the tests of the parts"
	@echo "make test-all  the suite on each of $(VERSIONS) that this machine has; test-wasm and test-lowest too"
	@echo "make test-wasm  the core of the suite on Python 3.14, which node and the npm package pyodide bring"
	@echo "make test-lowest  the core of the suite, and each verb of the command, on the lowest versions that pyproject.toml declares"
	@echo "make test-keeping  laws and hazards with nothing kept, and with generated code from the first request"
	@echo "make test-frameworks  web frameworks on the lowest versions that pyproject.toml declares; pyright the examples by another type checker"
	@echo "make docs      the site, into build/site; a dead link is an error"
	@echo "make fuzz      $(FUZZ_REQUESTS) generated requests against the reference, $(FUZZ_PARSES) parses of hostile text, $(FUZZ_EXPRESSIONS) expressions"
	@echo "make night     laws and $(NIGHT_REQUESTS) generated requests by new examples each time; SEED=… has those of another night again"
	@echo "make mutate    $(MUTANTS) small changes of the library, one at a time, and which of them no test sees; SEED=… draws others, MUTANTS=0 takes all"
	@echo "make bench     speed, as a ratio to a hand-written function; bench-quick in seconds, bench-instructions without a clock"
	@echo "make bench-peers  the same beside other engines, written to docs/explanation/performance.md; bench-check judges it"
	@echo "make bench-filters lists: filtered queries beside hand-written ones, on PostgreSQL, Polars and DuckDB"
	@echo "make bench-diff  two packs compared: one rule changed, all of them, one of 10,000"
	@echo "make bench-cel expressions, against every other implementation of CEL for Python"
	@echo "make bench-account  200 requests a second on the example account for a minute, and the guard's share of its time"
	@echo "make clean     remove environments, caches and builds"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("scopeguard needs Python 3.11 or later" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# A stamp is older than pyproject.toml whenever the dependencies may have changed.
$(VENV)/.try-ready: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[cli]'
	@touch $@

$(VENV)/.test-ready: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[dev,cli]'
	@touch $@ $(VENV)/.try-ready

# The example has dependencies of its own, and so an environment of its own.
$(ACCOUNT)/.ready: pyproject.toml examples/account/pyproject.toml
	$(PYTHON) -m venv $(ACCOUNT)
	$(ACCOUNT)/bin/python -m pip --disable-pip-version-check install --quiet --editable '.[fastapi,prove,sqlalchemy]' --editable 'examples/account[postgres]'
	@touch $@

account: $(ACCOUNT)/.ready
	@$(ACCOUNT)/bin/python -m account

bench-account: $(VENV)/.test-ready
	PYTHONPATH=examples/account $(BIN)/python -m benchmarks.account_load

try: $(VENV)/.try-ready
	@$(BIN)/python examples/try.py

test: lint suite

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# The order of sets is part of what generated tests are made from: fixed, they are the same each time.
suite: $(VENV)/.test-ready
	PYTHONHASHSEED=0 $(BIN)/python -m pytest --numprocesses=auto

# What is kept changes no answer: laws and hazards with nothing kept, and with generated code from the first request.
test-keeping: $(VENV)/.test-ready
	for keeping in nothing code; do SCOPEGUARD_KEEPING=$$keeping PYTHONHASHSEED=0 $(BIN)/python -m pytest --numprocesses=auto -p tests.keeping tests/laws tests/hazards || exit 1; done

suite-core: $(VENV)/.test-ready
	PYTHONHASHSEED=0 $(BIN)/python -m pytest --numprocesses=auto $(CORE)

$(WASM)/.ready: pyproject.toml scripts/requirements.py $(VENV)/.test-ready
	@command -v npm > /dev/null || { echo "make test-wasm needs node and npm" >&2; exit 1; }
	npm install --prefix $(WASM) --no-save --no-audit --no-fund --silent 'pyodide@$(PYODIDE)'
	$(BIN)/python scripts/requirements.py wasm $(WASM)/site $(WASM)/node_modules/pyodide
	@touch $@

test-wasm: $(WASM)/.ready
	sh scripts/wasm.sh $(WASM)/node_modules/pyodide $(WASM)/site . -q $(CORE)

$(LOWEST)/.ready: pyproject.toml scripts/requirements.py $(VENV)/.test-ready
	rm -rf $(LOWEST)
	$(PYTHON) -m venv $(LOWEST)
	$(BIN)/python scripts/requirements.py lowest cli prove re2 report > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip --disable-pip-version-check install --quiet --constraint $(LOWEST)/constraints.txt --editable '.[cli,prove,re2,report]' \
		$$($(BIN)/python scripts/requirements.py core)
	@touch $@

test-lowest: $(LOWEST)/.ready
	PYTHONHASHSEED=0 $(LOWEST)/bin/python -m pytest --numprocesses=auto $(CORE) tests/cli

$(FRAMEWORKS)/.ready: pyproject.toml scripts/requirements.py $(VENV)/.test-ready
	rm -rf $(FRAMEWORKS)
	$(PYTHON) -m venv $(FRAMEWORKS)
	$(BIN)/python scripts/requirements.py lowest $(WEB) > $(FRAMEWORKS)/constraints.txt
	$(FRAMEWORKS)/bin/python -m pip --disable-pip-version-check install --quiet --constraint $(FRAMEWORKS)/constraints.txt \
		--editable '.[$(subst $(space),$(comma),$(WEB))]' 'flask[async]' httpx $$($(BIN)/python scripts/requirements.py core)
	@touch $@

# Of old versions the warnings say how old they are, and what they leave open themselves.
test-frameworks: $(FRAMEWORKS)/.ready
	PYTHONHASHSEED=0 $(FRAMEWORKS)/bin/python -m pytest --numprocesses=auto -W ignore::DeprecationWarning -W ignore::PendingDeprecationWarning \
		-W ignore::ResourceWarning -W ignore::pytest.PytestUnraisableExceptionWarning $(WEB_TESTS)

# The examples by the other type checker; mypy has them in `make lint`.
pyright: $(VENV)/.test-ready
	@command -v npm > /dev/null || { echo "make pyright needs node and npm" >&2; exit 1; }
	npm install --prefix build/pyright --no-save --no-audit --no-fund --silent pyright
	build/pyright/node_modules/.bin/pyright --project pyproject.toml

# Takes twice the time, and only the parts one by one. One data file for each environment, so that two never mix.
coverage: $(VENV)/.test-ready
	PYTHONHASHSEED=0 COVERAGE_FILE=$(VENV)/.coverage $(BIN)/python -m pytest --numprocesses=auto --cov --cov-report=term tests/unit tests/house tests/cli tests/integrations

test-all: lint
	@PYENV_ROOT='$(PYENV_ROOT)' sh scripts/interpreters.sh $(VERSIONS) > $(VENV)/interpreters
	@set -e; while read -r version python; do \
		echo "== Python $$version ($$python)"; \
		$(MAKE) --no-print-directory suite VENV=.venv-$$version PYTHON="$$python"; \
	done < $(VENV)/interpreters
	@if command -v npm > /dev/null; then echo "== Python 3.14 (WebAssembly), the core of the suite"; $(MAKE) --no-print-directory test-wasm; \
	else echo "Python 3.14 is not tested: its WebAssembly build needs node and npm" >&2; fi
	@echo "== the lowest versions, the core of the suite"
	@$(MAKE) --no-print-directory test-lowest

docs: $(VENV)/.test-ready
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --builder html --conf-dir docs . build/site
	@echo "build/site/index.html"

fuzz: $(VENV)/.test-ready
	SCOPEGUARD_FUZZ_PACKS=$(FUZZ_PACKS) SCOPEGUARD_FUZZ_REQUESTS=$(FUZZ_REQUESTS) SCOPEGUARD_FUZZ_PARSES=$(FUZZ_PARSES) SCOPEGUARD_FUZZ_EXPRESSIONS=$(FUZZ_EXPRESSIONS) $(BIN)/python -m pytest -m fuzz --numprocesses=auto
	SCOPEGUARD_FUZZ_EDITS=1 SCOPEGUARD_FUZZ_DIFFS=$(FUZZ_DIFFS) $(BIN)/python -m pytest --numprocesses=auto tests/unit/analysis tests/laws/test_l12_diff_equals_checks.py
	SCOPEGUARD_FUZZ_LISTS=$(FUZZ_LISTS) $(BIN)/python -m pytest --numprocesses=auto tests/integrations -k random_packs

# Whatever an example is made from is the seed's: Hypothesis, the generators, and the order of sets.
night: $(VENV)/.test-ready
	@seed=$${SEED:-$$($(BIN)/python -c 'import secrets; print(secrets.randbelow(2**32))')}; \
	echo "make night SEED=$$seed"; \
	PYTHONHASHSEED=$$seed SCOPEGUARD_FUZZ_SEED=$$seed SCOPEGUARD_FUZZ_REQUESTS=$(NIGHT_REQUESTS) SCOPEGUARD_FUZZ_LAWS=$(NIGHT_LAWS) \
		$(BIN)/python -m pytest --numprocesses=auto --hypothesis-profile=night --hypothesis-seed=$$seed tests/laws tests/fuzz \
		|| { echo "again: make night SEED=$$seed"; exit 1; }

mutate: $(VENV)/.test-ready
	PYTHONHASHSEED=0 $(BIN)/python scripts/mutate.py $(MUTANTS) $(or $(SEED),1)

# Of the peers, one brings a package "tests" of its own, which would stand before ours.
$(BENCH)/.ready: pyproject.toml
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip --disable-pip-version-check install --quiet --editable '.[bench]'
	@touch $@

bench: $(BENCH)/.ready
	$(BENCH)/bin/python -m benchmarks

bench-peers: $(BENCH)/.ready
	$(BENCH)/bin/python -m benchmarks --only $(PARTS) peers --write

bench-check: $(BENCH)/.ready
	$(BENCH)/bin/python -m benchmarks --only $(PARTS) peers --check

bench-quick: $(VENV)/.try-ready
	$(BIN)/python -m benchmarks --quick

bench-instructions: $(VENV)/.try-ready
	$(BIN)/python -m benchmarks.instructions

bench-filters: $(VENV)/.test-ready
	$(BIN)/python -m benchmarks.filtering

bench-diff: $(VENV)/.test-ready
	$(BIN)/python -m benchmarks.differences

bench-cel: $(VENV)/.test-ready
	$(PIP) --editable '.[bench-cel]'
	$(BIN)/python -m benchmarks.cel_expressions

clean:
	rm -rf .venv .venv-3.* $(LOWEST) $(FRAMEWORKS) $(BENCH) $(ACCOUNT) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
