"""The site that the admin is measured on: ``RESTORE_BENCH_WITH=1`` installs the plugin as its README says."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = Path(os.environ["RESTORE_BENCH_ROOT"])
WITH = os.environ.get("RESTORE_BENCH_WITH") == "1"

SECRET_KEY = "for benchmarks only"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.admin_urls"
USE_TZ = True
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = str(ROOT / "media")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WAGTAIL_SITE_NAME = "Benchmark"
WAGTAILADMIN_BASE_URL = "http://localhost"
WAGTAIL_ENABLE_UPDATE_CHECK = False
# a page that somebody opens, not a file that is missing from a log
LOGGING = {"version": 1, "disable_existing_loggers": False, "root": {"level": "ERROR"}}

INSTALLED_APPS = [
    *(["wagtail_restore", "django_rq"] if WITH else []),
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "taggit",
    "modelcluster",
    "rest_framework",
    "django_filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(ROOT / "db.sqlite3"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": {"BACKEND": LOCMEM},
    # of its own, so that it can be emptied; large enough that it drops nothing by itself
    "renditions": {"BACKEND": LOCMEM, "LOCATION": "renditions", "OPTIONS": {"MAX_ENTRIES": 100_000}},
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(ROOT / "private")},
    },
}
if WITH:
    WAGTAILIMAGES_IMAGE_FORM_BASE = "wagtail_restore.admin.forms.RestoreImageForm"
    WAGTAIL_RESTORE = {"PRIVATE_STORAGE": "private", "DEVICE": "cpu", "RIGHTS_STATEMENT": ""}
    REDIS = {"UNIX_SOCKET_PATH": os.environ.get("RESTORE_BENCH_REDIS", str(ROOT / "redis.sock")), "DB": 0}
    RQ_QUEUES = dict.fromkeys(("restore-live", "restore", "restore-bulk"), REDIS)
