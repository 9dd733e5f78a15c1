# Everything a contributor runs. Each target works on a fresh machine with Python ≥ 3.11 and make.

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH := .venv-bench
PIP   := $(BIN)/python -m pip -qq --disable-pip-version-check
# Two test processes on two cores: torch and OpenCV must not each start a thread per core as well.
TESTENV := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
JOBS  ?= 2
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile
# What depends on the image model, and on the database.
MODEL_TESTS := tests/test_signals.py tests/test_backfill.py tests/admin tests/swap
DATABASE_TESTS := $(MODEL_TESTS) tests/jobs tests/test_jobs.py tests/test_rules.py tests/test_upkeep.py tests/swap
PORT  ?= 8000

.PHONY: help setup test lint demo bench build messages screenshots clean

help:
	@echo "make setup        build .venv with everything"
	@echo "make demo         the example site with a worker and sample photos, on port $(PORT)"
	@echo "make demo ONCE=1  do the main job once, tell what happened, and stop"
	@echo "make test         lint and the whole test suite"
	@echo "make bench        measure against peers, ratios in a table"
	@echo "make lint         ruff, mypy, import contracts"
	@echo "make build        wheel and sdist in dist/"
	@echo "make screenshots  take the pictures of the documentation anew (needs Chromium)"
	@echo "make messages     collect what is to be translated, compile what is (needs gettext)"

setup: $(STAMP)

$(STAMP): pyproject.toml
	@python=$$(PYTHON='$(PYTHON)' .ci/python) && \
	if [ ! -x $(BIN)/python ]; then echo "building $(VENV) with $$python" && $$python -m venv $(VENV); fi
	@echo "installing into $(VENV); the first time this takes some minutes"
	@$(PIP) install --upgrade pip
	@$(PIP) install --editable '.[worker,sam,demo,training]' --group test --group lint
	@touch $@

demo: setup
ifdef ONCE
	@EXAMPLE_VAR=example_site/var/once $(BIN)/python example_site/manage.py demo --once
else
	@$(BIN)/python example_site/manage.py demo --port $(PORT)
endif

lint: setup
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: setup
	@.ci/services
	@$(MAKE) --no-print-directory lint
	$(TESTENV) $(PYTEST)
	@echo "once more with an image model of the site's own"
	@$(TESTENV) RESTORE_TEST_IMAGE=custom $(PYTEST) -q -m "not browser" $(MODEL_TESTS)
	@echo "once more on PostgreSQL"
	@.ci/postgres env $(TESTENV) $(PYTEST) -q -m "not browser" --ds tests.settings_postgres $(DATABASE_TESTS)

# Upstream's package must not change what the worker's environment holds, so it gets one of its own that looks into it.
$(BENCH)/.installed: $(STAMP)
	@$(BIN)/python -m venv $(BENCH)
	@$(BIN)/python -c "import sysconfig; print('import site; site.addsitedir(%r)' % sysconfig.get_path('purelib'))" \
		> $$($(BENCH)/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/worker.pth
	@$(BENCH)/bin/python -m pip -qq --disable-pip-version-check install --ignore-installed setuptools wheel
	@if $(BENCH)/bin/python -m pip -qq --disable-pip-version-check install --no-deps --no-build-isolation realesrgan basicsr; \
	then touch $@; else echo "realesrgan cannot be installed here: the benchmarks leave it out, and say so" >&2; fi

# OpenCV's contributed modules come in a package that replaces the one the worker uses, so they lie apart.
$(BENCH)/.contrib: $(BENCH)/.installed
	@if $(BENCH)/bin/python -m pip -qq --disable-pip-version-check install --no-deps --target $(BENCH)/contrib \
		opencv-contrib-python-headless; \
	then touch $@; else echo "OpenCV's contributed modules cannot be installed here: the benchmarks leave them out" >&2; fi

bench: $(BENCH)/.installed $(BENCH)/.contrib
	$(BENCH)/bin/python -m benchmarks

build: setup
	$(BIN)/python -m build

# -P keeps Python from taking our modules for those of the standard library that have the same name.
messages: setup
	cd wagtail_restore && ../$(BIN)/python -P -m django makemessages --all --no-obsolete --add-location file
	cd wagtail_restore && ../$(BIN)/python -P -m django compilemessages

# In a site of its own, with a worker that really restores what they show.
screenshots: setup
	EXAMPLE_VAR=example_site/var/screenshots $(BIN)/python example_site/manage.py screenshots docs/images

clean:
	rm -rf $(VENV) $(BENCH) build dist example_site/var .pytest_cache .mypy_cache .ruff_cache
