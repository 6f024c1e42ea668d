# Everything a person needs is a target here; `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

RUST := scripts/with-rust.sh
PYTHON := .venv/bin/python
# pyo3 asks an interpreter for its build settings: always the same one, or it is built anew.
export PYO3_PYTHON := $(CURDIR)/.venv/bin/python

RUST_SOURCES := $(shell find rust -path '*/src/*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock
SCRIPTS := $(wildcard scripts/*.sh) .ci/run

# Lines of the log that the benchmarks read; a million are about 200 MB.
BENCH_LINES ?= 1000000
export BENCH_LINES
# What `make bench` runs.
BENCHES ?= benches

# Processes that share the Python tests; those of faults mostly wait.
TEST_WORKERS ?= 2
FAULT_WORKERS ?= 3

.PHONY: help docs setup run test test-rust test-python test-faults soak lint bench bench-quick bench-smoke plots wheel clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.extension ## make .venv with a working .venv/bin/logagent
	@echo "• ready: .venv/bin/logagent"

run: .venv/.extension ## run the service on real web traffic for ten seconds
	@scripts/run.sh

test: test-rust test-python test-faults ## run every test

test-rust: .venv/.dependencies
	@echo "• Rust tests"
	@$(RUST) cargo test --quiet --workspace --exclude logagent-py

test-python: .venv/.extension
	@echo "• Python tests"
	@$(PYTHON) -m pytest -n $(TEST_WORKERS) --dist worksteal

test-faults: .venv/.extension
	@echo "• fault tests of the service"
	@$(PYTHON) -m pytest tests/faults -n $(FAULT_WORKERS) --dist worksteal

soak: .venv/.extension ## run the long forms of the fault tests: hours
	@FAULTS_SCALE=long $(PYTHON) -m pytest tests/faults tests/python/sources tests/python/outbox --durations=20 -rA

lint: .venv/.extension ## check style, types and scripts
	@echo "• rustfmt"
	@$(RUST) cargo fmt --all --check
	@echo "• clippy"
	@$(RUST) cargo clippy --quiet --workspace --all-targets -- -D warnings
	@echo "• ruff"
	@$(PYTHON) -m ruff check --quiet
	@$(PYTHON) -m ruff format --check --quiet
	@echo "• mypy"
	@$(PYTHON) -m mypy
	@echo "• shellcheck"
	@.venv/bin/shellcheck $(SCRIPTS)

docs: .venv/.extension ## write the reference pages in docs/ from the code
	@$(RUST) cargo run --quiet --package logagent-core --example write_docs docs
	@$(PYTHON) scripts/write_options.py docs

bench: .venv/.extension ## measure throughput, start-up and memory (see benches/README.md)
	@echo "• building what is compared with"
	@$(RUST) cargo build --quiet --release --package logagent-core --example regex_captures
	@$(RUST) cargo build --quiet --release --package logagent-engine --example count --example newlines
	@$(PYTHON) -m compileall -q python/logagent
	@$(PYTHON) -m pytest $(BENCHES)

bench-quick: BENCHES := $(addprefix benches/bench_,scan.py rules.py readers.py startup.py)
bench-quick: export BENCH_ROUNDS := 4
bench-quick: bench ## the same of scanning alone, in a few minutes

plots: .venv/.dependencies ## draw what `make bench` measured last into benches/plots
	@$(PYTHON) -m benches.plot .cache/bench/curves.json benches/plots

# Whether the benchmarks still run; times nothing.
bench-smoke: BENCH_LINES := 20000
bench-smoke: export BENCH_SMOKE := 1
bench-smoke: .venv/.extension
	@$(RUST) cargo build --quiet --release --package logagent-core --example regex_captures
	@$(PYTHON) -m pytest benches --benchmark-disable

wheel: .venv/.dependencies ## build the release wheel into dist/ and print its size
	@rm -rf dist
	@$(RUST) .venv/bin/maturin build --quiet --release --locked --out dist
	@cd dist && wc -c *.whl | awk '{printf "• dist/%s: %.1f MB\n", $$2, $$1 / 1e6; exit $$1 > 7e6}' \
		|| { echo "the wheel is larger than its limit of 7 MB" >&2; exit 1; }

clean: ## remove everything that was built or downloaded
	rm -rf .venv .cache target dist python/logagent/*.so
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks

# Stamps: made once, and again only when what they depend on is newer.
.venv/.dependencies: pyproject.toml scripts/setup.sh scripts/with-rust.sh
	@scripts/setup.sh
	@touch $@

.venv/.extension: .venv/.dependencies $(RUST_SOURCES)
	@echo "• building the release extension (a minute or two the first time)"
	@mkdir -p .cache
	@$(RUST) .venv/bin/maturin develop --release >.cache/build.log 2>&1 \
		|| { cat .cache/build.log >&2; exit 1; }
	@$(PYTHON) -m compileall -q python/logagent # start-up counts, also where Python may not write
	@touch $@
