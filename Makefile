# The front door. `make` alone prints what there is.
#
# Nothing is assumed but Python 3.11 or later, a Rust toolchain and a C linker; everything else is put into .venv here,
# from requirements/, checked against hashes. As root, missing system packages are installed through apt or dnf.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# How the Rust part is built: release, or dev for a quick compile while working on it.
PROFILE ?= release
# Arguments for pytest: make test ARGS="-k vertical"
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
UV := $(BIN)/uv
DEPS := $(VENV)/.stamp-dependencies
NATIVE := python/scanwarden/_core/_native.abi3.so
BUILT := $(VENV)/.stamp-native-$(PROFILE)
GUIDED := $(VENV)/.stamp-native-guided
RUST := $(shell find rust -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock

# rustup puts cargo there and tells only new login shells.
export PATH := $(PATH):$(HOME)/.cargo/bin
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
# Without this, maturin on a machine without cargo tries to download a toolchain instead of saying so.
export MATURIN_NO_INSTALL_RUST := 1

.PHONY: help
help: ## say what each target does
	@echo "make TARGET, where TARGET is one of:"
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/p' Makefile | expand -t 12

# ---------------------------------------------------------------- set-up

.PHONY: setup
setup: $(BUILT) system ## build everything into .venv, and install missing system packages when root

.PHONY: system
system:
	@tools/system-packages lab

.PHONY: spark
spark: $(BUILT) requirements/spark.txt ## install Spark (435 MB) for the tests of `hunt --engine spark`; Java comes with setup
	@timeout 600 $(UV) pip install --quiet --require-hashes -r requirements/spark.txt

# Build only; what the checks and the tests without root need.
.PHONY: build
build: $(BUILT)

$(PY): | requirements/bootstrap.txt
	@tools/make-venv $(VENV)

$(DEPS): requirements/bootstrap.txt requirements/dev.txt | $(PY)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

$(BUILT): MATURIN := $(BIN)/maturin develop --uv --profile $(PROFILE)
# As packages are built: see tools/guided.
$(GUIDED): MATURIN := tools/guided $(BIN)/maturin develop --uv --profile release
$(GUIDED): tools/guided benches/training.py
$(BUILT) $(GUIDED): $(DEPS) $(RUST) pyproject.toml $(if $(wildcard $(NATIVE)),,rebuild)
	@tools/system-packages build
	@rm -f $(VENV)/.stamp-native-*
	@$(MATURIN)
	@touch $@

# The library was removed although its stamp is there.
.PHONY: rebuild
rebuild:

.PHONY: lock
lock: $(DEPS) ## renew the locked versions in requirements/
	@tools/lock $(UV)

# ---------------------------------------------------------------- see it work

.PHONY: demo
demo: setup ## scan a guarded host in network namespaces and watch the ban (root), or replay a capture
	@tools/when-there python/scanwarden/lab/demo.py "the demonstration" -- $(PY) -m scanwarden.lab.demo $(ARGS)

.PHONY: watch
watch: setup ## watch this host and say what would be banned: make watch ARGS="--interface eth0"
	@$(BIN)/scanwarden watch $(ARGS)

# ---------------------------------------------------------------- tests

.PHONY: test
test: setup ## run every test: Rust, Python and, as root, those in network namespaces
	@tools/cargo-test
	@$(BIN)/pytest $(ARGS)

.PHONY: e2e
e2e: setup ## run only the tests in network namespaces (root)
	@$(BIN)/pytest -m kernel $(ARGS)

.PHONY: check
check: build ## run the linters, the formatters in check mode and the type checkers
	@tools/check $(BIN)

.PHONY: format
format: build ## put the code into shape
	@$(BIN)/ruff check --quiet --fix --exit-zero
	@$(BIN)/ruff format --quiet
	@cargo fmt --all

# ---------------------------------------------------------------- measurements

.PHONY: bench
bench: $(GUIDED) system ## measure packets per CPU second against libpcap's empty loop, and live loss
	@tools/when-there benches/run.py "the benchmarks" -- tools/guided $(PY) benches/run.py $(ARGS)

.PHONY: accuracy
accuracy: setup ## measure what is detected and what is falsely reported, and write docs/explanation/accuracy.md (root)
	@tools/when-there benches/accuracy.py "the accuracy table" -- $(PY) benches/accuracy.py $(ARGS)

.PHONY: soak
soak: setup ## run the long counts: floods of random sources, memory, loss (root)
	@tools/when-there benches/soak.py "the soak test" -- $(PY) benches/soak.py $(ARGS)
	@SCANWARDEN_KILLS=200 SCANWARDEN_FLAPS=50 SCANWARDEN_FLUSHES=50 SCANWARDEN_RELOADS=10 SCANWARDEN_FORGED=100000 SCANWARDEN_SCANS=200 SCANWARDEN_PAGE_SCANS=100000 \
	    SCANWARDEN_BANS=100000 SCANWARDEN_FAULTS=3000 SCANWARDEN_WIRE_RUNS=20 SCANWARDEN_FLOOD_S=60 SCANWARDEN_TRAFFIC=$(CURDIR)/target/release/examples/traffic \
	    $(PY) -m pytest -q -s tests/e2e/test_service.py tests/e2e/test_repair.py tests/e2e/test_forged.py \
	    tests/unit/web/test_scale.py tests/e2e/test_reaction.py tests/e2e/test_live_tripwire.py tests/e2e/test_service_flood.py tests/e2e/test_many_bans.py tests/property/test_failing_disk.py
	@SCANWARDEN_HUNT_ROWS=50000000 SCANWARDEN_FLEET_FORGED=1000000 SCANWARDEN_BUS_AWAY_S=30 \
		$(PY) -m pytest -q -s tests/unit/hunt/test_hunting.py tests/unit/hunt/test_spark.py tests/unit/fleet tests/e2e/test_fleet.py

.PHONY: fuzz
fuzz: build ## feed damaged packets, captures and settings to the decoders for a while
	@tools/when-there fuzz/run.py "the fuzzers" -- $(PY) fuzz/run.py $(ARGS)

.PHONY: docs
docs: build ## write the reference pages that are made from the code
	@$(PY) -m scanwarden.config.pages .
	@$(PY) -m scanwarden.formats.schema docs/reference

.PHONY: site
site: build ## build the documentation as a site into target/site
	@$(UV) pip install --quiet --require-hashes -r requirements/docs.txt
	@tools/site $(BIN)

.PHONY: man
man: build ## write manual pages and shell completions into target/share
	@$(PY) -m scanwarden.cli.manual target/share

.PHONY: package
package: build ## make a deb and an rpm that install offline, in target/package (Go)
	@tools/package $(BIN)

.PHONY: clean
clean: ## remove everything that was built here
	@rm -rf $(VENV) target .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@rm -f $(NATIVE)
	@find python tests benches fuzz docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
