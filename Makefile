# Everything a developer types. Needs Python 3.11 or newer, make and git; no server, no Node, no docker, no root.
PY := .venv/bin/python
SETTINGS ?= APP_ENV=development

.DEFAULT_GOAL := help
.PHONY: help run test check mocks demo schema docs where bench clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run.stamp  ## the whole city on this machine: gateway, mock departments, pages (PORT=8000)
	@LOG_FORMAT=$${LOG_FORMAT:-console} ACCESS_LOG=$${ACCESS_LOG:-false} \
		$(PY) -m mocks --serve-with -- $(PY) -m gateway serve --migrate

test: .venv/dev.stamp  ## every test, in parallel; what lacks Node or Chromium is skipped and says so
	@$(PY) -m pytest -n auto --dist worksteal -rs $(ARGS)

check: .venv/dev.stamp  ## format, lint, types, import contracts, generated files
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m gateway schema --check
	$(PY) -m gateway catalog-index --check
	$(PY) -m gateway settings-doc --check
	$(PY) -m gateway errors-doc --check

mocks: .venv/run.stamp  ## the mock departments alone
	@$(PY) -m mocks

demo: .venv/run.stamp  ## a citizen's first journey in the terminal, step by step
	@$(PY) -m mocks.demo

schema: .venv/run.stamp  ## write gateway/schema.graphql
	$(PY) -m gateway schema

docs: .venv/run.stamp  ## write the generated pages: settings, errors, catalogue index
	$(PY) -m gateway settings-doc
	$(PY) -m gateway errors-doc
	$(PY) -m gateway catalog-index

where: .venv/run.stamp  ## where a thing lives: make where Q=转移
	@$(PY) -m gateway where "$(Q)"

bench: .venv/dev.stamp  ## speed, as ratios measured in one run
	$(PY) -m bench

clean:  ## remove the virtual environment and all local state
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@sh deploy/make-venv.sh .venv

.venv/run.stamp: .venv/bin/python requirements.txt
	@sh deploy/install.sh .venv requirements.txt && $(PY) -m gateway catalog-compile && touch $@

.venv/dev.stamp: .venv/bin/python requirements-dev.txt
	@sh deploy/install.sh .venv requirements-dev.txt && touch $@
