# Everything that a person or CI runs. Each command does its own set-up: a virtual environment in .venv with the locked
# packages, made again only when a lock changes.
.DEFAULT_GOAL := help
.PHONY: help demo test check serve bench lock translations clean

PYTHON ?= python3
BIN := .venv/bin
SIZE ?= full
PORT ?= 8000
PART ?= all
SOURCES := governance shops complaints tests benchmarks manage.py

help:  ## what there is to run
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv/run: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the locked packages ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/test: requirements.txt requirements-test.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the locked packages, those for tests included ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	@touch .venv/run $@

demo: .venv/run  ## make the demo marketplace, score it and print what came of it
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py demo --fresh

test: .venv/test  ## run the suite on SQLite and, where it can be had, on PostgreSQL
	@$(BIN)/python -m tests.run

check: .venv/test  ## format, lint, types, architecture, templates, deployment, migrations, translations
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/mypy governance shops complaints benchmarks manage.py
	@$(BIN)/lint-imports
	@$(BIN)/djlint --check --lint templates
	@OPENLINE_EMBEDDED=false OPENLINE_HOSTS=example.org \
		OPENLINE_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python -m tests.translations

serve: .venv/run  ## the web pages on http://127.0.0.1:8000, with a worker and the schedule beside them
	@$(BIN)/python manage.py migrate --verbosity 0
	@echo "Openline on http://127.0.0.1:$(PORT) (stop with Ctrl-C)"
	@trap 'kill $$worker $$web 2>/dev/null; wait' INT TERM EXIT; \
	$(BIN)/celery --quiet --app governance.config worker --beat --pool solo --loglevel WARNING \
		--without-mingle --without-gossip & worker=$$!; \
	$(BIN)/gunicorn --bind 127.0.0.1:$(PORT) --workers 2 --threads 4 --graceful-timeout 5 governance.config.wsgi & web=$$!; \
	wait $$web

bench: .venv/test  ## the benchmarks, as ratios (SIZE=small ends within a minute)
	@$(BIN)/python -m benchmarks --size $(SIZE) --part $(PART)

lock:  ## renew the locked packages from pyproject.toml
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --output-file requirements.txt pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --extra test --output-file requirements-test.txt pyproject.toml

translations: .venv/test  ## collect new texts into locale/ and compile what is there (needs gettext)
	@$(BIN)/python manage.py makemessages --locale zh_Hans --ignore .venv --ignore tests --ignore benchmarks
	@$(BIN)/python -m tests.translations --compile

clean:  ## remove what the commands above made, the demo's data included
	@rm -rf .venv var staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
