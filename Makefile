# Everything a contributor runs. Each target works on a fresh machine with Python ≥ 3.11 and make.

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH := .venv-bench
WAGTAIL74 := .venv-wagtail74
WAGTAIL_AI := .venv-wagtail-ai
PIP   := $(BIN)/python -m pip -qq --disable-pip-version-check
# Two test processes on two cores: torch and OpenCV must not each start a thread per core as well.
TESTENV := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
JOBS  ?= 2
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist loadfile
# What depends on the image model, on the database, and on the forms that other packages extend as well.
MODEL_TESTS := tests/test_signals.py tests/test_backfill.py tests/admin tests/notify tests/swap
DATABASE_TESTS := $(MODEL_TESTS) tests/jobs tests/test_jobs.py tests/test_rules.py tests/test_upkeep.py tests/swap
FORM_TESTS := tests/admin/test_forms.py tests/admin/test_uploads.py tests/admin/test_panel.py tests/admin/test_hooks.py
# `make test` runs of each axis the tests that depend on it; `make test-matrix`, which sets WHOLE, the whole suite.
SLICE = $(if $(WHOLE),,-q -m "not browser" $(1))
AXES := model postgres wagtail74 wagtail-ai
PYTHONS ?= 3.12 3.13
PORT  ?= 8000

.PHONY: help setup test test-matrix suite pythons $(AXES:%=axis-%) lint demo bench build messages screenshots clean

help:
	@echo "make setup        build .venv with everything"
	@echo "make demo         the example site with a worker and sample photos, on port $(PORT)"
	@echo "make demo ONCE=1  do the main job once, tell what happened, and stop"
	@echo "make test         lint and the whole test suite"
	@echo "make test-matrix  the whole suite on every axis: Wagtail, image model, database, packages beside us, Pythons"
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
	@$(MAKE) --no-print-directory lint suite
	@$(MAKE) --no-print-directory $(AXES:%=axis-%)

# -k goes on after an axis that fails, and still fails in the end.
test-matrix: setup
	@.ci/services
	@$(MAKE) --no-print-directory -k WHOLE=1 lint suite $(AXES:%=axis-%) pythons

suite: setup
	$(TESTENV) $(PYTEST)

axis-model: setup
	@echo "once more with an image model of the site's own"
	@$(TESTENV) RESTORE_TEST_IMAGE=custom $(PYTEST) $(call SLICE,$(MODEL_TESTS))

axis-postgres: setup
	@echo "once more on PostgreSQL"
	@.ci/postgres env $(TESTENV) $(PYTEST) --ds tests.settings_postgres $(call SLICE,$(DATABASE_TESTS))

axis-wagtail74: private BIN = $(WAGTAIL74)/bin
axis-wagtail74: $(WAGTAIL74)/.installed
	@[ ! -e $< ] || echo "once more on Wagtail 7.4"
	@[ ! -e $< ] || $(TESTENV) $(PYTEST) $(call SLICE,$(MODEL_TESTS))

axis-wagtail-ai: private BIN = $(WAGTAIL_AI)/bin
axis-wagtail-ai: $(WAGTAIL_AI)/.installed
	@[ ! -e $< ] || echo "once more with wagtail-ai beside us"
	@[ ! -e $< ] || $(TESTENV) RESTORE_TEST_BESIDE=wagtail-ai $(PYTEST) \
		$(call SLICE,tests/admin/test_beside_wagtail_ai.py $(FORM_TESTS))

$(WAGTAIL74)/.installed: $(STAMP)
	@if .ci/beside $(WAGTAIL74) $(VENV) 'wagtail>=7.4,<8'; then touch $@; else echo "nothing is run on Wagtail 7.4"; fi

$(WAGTAIL_AI)/.installed: $(STAMP)
	@if .ci/beside $(WAGTAIL_AI) $(VENV) 'wagtail-ai>=3.1'; then touch $@; else echo "nothing is run beside wagtail-ai"; fi

# Each has an environment of its own, whole: what is compiled for one does not run on the other.
pythons:
	@status=0; for version in $(PYTHONS); do \
		if ! python=$$(.ci/python $$version); then echo "no Python $$version here: nothing is run on it"; continue; fi; \
		echo "once more on Python $$version"; \
		if $(MAKE) --no-print-directory VENV=$(VENV)-python$$version PYTHON="$$python" setup; \
		then $(MAKE) --no-print-directory VENV=$(VENV)-python$$version suite || status=1; \
		else echo "not everything can be installed for Python $$version: nothing is run on it" >&2; fi; \
	done; exit $$status

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
	rm -rf $(VENV) $(BENCH) $(WAGTAIL74) $(WAGTAIL_AI) $(VENV)-python3.* build dist example_site/var .pytest_cache .mypy_cache .ruff_cache
