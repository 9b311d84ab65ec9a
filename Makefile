# The commands of this checkout. Each sets up what it needs in .venv, and is quick the second time.
PYTHON_IN := .venv/bin/python

help:
	@echo "make run          open Nextword"
	@echo "make test         run the tests"
	@echo "make check        lint, formatting, types and tests"
	@echo "make screenshots  draw every page into docs/screenshots"
	@echo "make app          build the application folder dist/nextword"
	@echo "make clean        remove the environment and everything built"

run:
	@sh tools/setup.sh app
	@$(PYTHON_IN) -m desktop

test: tested-environment
	@$(PYTHON_IN) tools/run_tests.py

check: tested-environment
	@$(PYTHON_IN) -m ruff check
	@$(PYTHON_IN) -m ruff format --check
	@$(PYTHON_IN) -m pyright --pythonpath $(PYTHON_IN)
	@$(PYTHON_IN) tools/run_tests.py

screenshots: tested-environment
	@$(PYTHON_IN) tools/screenshots.py docs/screenshots

app: tested-environment
	@$(PYTHON_IN) -m PyInstaller build.spec --noconfirm --log-level WARN --distpath dist --workpath build
	@$(PYTHON_IN) tests/smoke/run_frozen.py dist/nextword

tested-environment:
	@sh tools/setup.sh test

clean:
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis
	find engine desktop tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help run test check screenshots app tested-environment clean
