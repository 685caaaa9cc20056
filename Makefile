# Slipway's house. `make` alone lists the targets.
# Everything that these targets keep goes under SLIPWAY_ROOT, by default into
# .slipway/ of this checkout, so that trials touch nothing else.
SLIPWAY_ROOT ?= $(CURDIR)/.slipway
export SLIPWAY_ROOT

# Scripts run with the private Node, whatever the system has.
PRIVATE_NODE := $(CURDIR)/node_modules/node-linux-$(if $(filter aarch64,$(shell uname -m)),arm64,x64)/bin
NPM := PATH="$(PRIVATE_NODE):$$PATH" npm run --silent
.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-bench quickstart test lint typecheck docs bench clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

setup: ## install what Slipway needs: packages of the distribution, then npm's with a private Node
	@scripts/setup.sh run

setup-test: setup
	@scripts/setup.sh test

setup-bench: setup
	@scripts/setup.sh bench

quickstart: setup ## set up, build a small Debian image, boot it in a virtual machine until it is ready
	@scripts/quickstart.sh

test: setup-test ## set up and run all tests
	@$(NPM) test

lint: setup ## check style, floating promises, import cycles, formatting, shell scripts
	@$(NPM) lint
	@scripts/lint-shell.sh

typecheck: setup ## check types
	@$(NPM) typecheck

docs: setup ## write docs/reference and man from the code
	@$(NPM) docs

bench: setup-bench ## measure against the usual tools; table, JSON and docs/benchmarks.md
	@$(NPM) bench

clean: ## remove what trials left in this checkout
	rm -rf .slipway
