# The front door: every command that the documents mention. `make help` lists them.
SHELL := /bin/bash
JOBS ?= $(shell nproc)
ENV := source cmake/scripts/env.sh
FRONTEND := plugin-frontend
RELEASE := build/release

.DEFAULT_GOAL := help
.PHONY: help setup build frontend demo test test-asan test-tsan check check-all format golden-update bench coverage \
        package fuzz dev e2e clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## Install what is missing: Debian packages, Node, Go, locked npm and Go dependencies
	@cmake/scripts/setup.sh

build: setup ## Build the release executable, the C++ tests and the plugin's frontend
	@mkdir -p build && $(ENV) && cmake --preset release >$(RELEASE)-configure.log 2>&1 || { cat $(RELEASE)-configure.log; exit 1; }
	@$(ENV) && cmake --build --preset release -j $(JOBS)
	@$(MAKE) --no-print-directory frontend

frontend: ## Build the plugin's frontend into its dist folder
	@$(ENV) && cd $(FRONTEND) && npm run --silent build

demo: build package ## Show the main job: in a Grafana where there is one, else as an HTML page
	@cmake/scripts/demo.sh

test: build package ## Run everything that needs no Grafana
	@$(ENV) && python3 tests/run_all.py --build $(RELEASE) --jobs $(JOBS)

test-asan: setup ## C++ tests under the address and undefined-behaviour sanitizers
	@$(ENV) && cmake --preset asan-ubsan && cmake --build --preset asan-ubsan -j $(JOBS) && ctest --preset asan-ubsan

test-tsan: setup ## C++ tests under the thread sanitizer
	@$(ENV) && cmake --preset tsan && cmake --build --preset tsan -j $(JOBS) && ctest --preset tsan

check: setup ## Formatting and lint; clang-tidy on the C++ files that differ from main
	@cmake/scripts/check.sh

check-all: setup ## The same, with clang-tidy on every C++ file
	@cmake/scripts/check.sh --all

format: setup ## Rewrite all sources in the project's format
	@cmake/scripts/format.sh

golden-update: build ## Rewrite the golden files from what the code answers now; review the difference
	@$(ENV) && BELLWETHER_UPDATE_GOLDEN=1 ctest --test-dir $(RELEASE) --output-on-failure -L 'unit|conformance'
	@git --no-pager diff --stat -- tests/golden

bench: setup ## Build and run the benchmarks
	@$(ENV) && cmake --preset bench && cmake --build --preset bench -j $(JOBS)
	@for file in build/bench/tests/bench/*_bench; do echo "== $$file"; "$$file" || exit 1; done
	@tests/bench/run.sh

coverage: setup ## C++ line coverage by module
	@$(ENV) && cmake --preset coverage && cmake --build --preset coverage -j $(JOBS) && ctest --preset coverage
	@cmake/scripts/coverage.py build/coverage

package: build ## Zip of the plugin for this platform, under build/package
	@$(ENV) && python3 cmake/scripts/package.py --build $(RELEASE) --output build/package

fuzz: setup ## Fuzz every parser for FUZZ_SECONDS (60) each, with Clang's libFuzzer
	@cmake/scripts/fuzz.sh

dev: setup ## A quick build with warnings as errors, and its tests
	@$(ENV) && cmake --preset dev && cmake --build --preset dev -j $(JOBS) && ctest --preset dev

e2e: package ## Start a Grafana with everything provisioned and keep it running
	@cmake/scripts/demo.sh --grafana

clean: ## Remove everything built
	rm -rf build $(FRONTEND)/datasource/dist
