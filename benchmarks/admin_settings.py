"""The site that the admin is measured on: ``RESTORE_BENCH_WITH=1`` installs the plugin as its README says."""

from __future__ import annotations

import os
from pathlib import Path

from tests import settings as tested
from tests.settings import (  # noqa: F401 — what is not said below is as on the site of the tests
    ALLOWED_HOSTS,
    DATABASES,
    DEBUG,
    DEFAULT_AUTO_FIELD,
    LANGUAGE_CODE,
    MEDIA_ROOT,
    MEDIA_URL,
    MIDDLEWARE,
    PASSWORD_HASHERS,
    SECRET_KEY,
    STATIC_URL,
    STORAGES,
    USE_TZ,
    WAGTAILADMIN_BASE_URL,
)

WITH = os.environ.get("RESTORE_BENCH_WITH") == "1"
PLUGIN = ("wagtail_restore", "django_rq")
FOR_TESTS = ("tests.app", "wagtail.contrib.frontend_cache")

ROOT_URLCONF = "benchmarks.admin_urls"
WAGTAIL_SITE_NAME = "Benchmark"
WAGTAIL_ENABLE_UPDATE_CHECK = False
# a page that somebody opens, not a file that is missing from a log
LOGGING = {"version": 1, "disable_existing_loggers": False, "root": {"level": "ERROR"}}

INSTALLED_APPS = [app for app in tested.INSTALLED_APPS if app not in FOR_TESTS and (WITH or app not in PLUGIN)]
TEMPLATES = [{**tested.TEMPLATES[0], "DIRS": [Path(__file__).resolve().parent / "templates"]}]
CACHES = {
    **tested.CACHES,
    # of its own, so that it can be emptied; large enough that it drops nothing by itself
    "renditions": {**tested.CACHES["default"], "LOCATION": "renditions", "OPTIONS": {"MAX_ENTRIES": 100_000}},
}
if WITH:
    WAGTAILIMAGES_IMAGE_FORM_BASE = tested.WAGTAILIMAGES_IMAGE_FORM_BASE
    WAGTAIL_RESTORE = tested.WAGTAIL_RESTORE
    RQ_QUEUES = tested.RQ_QUEUES
