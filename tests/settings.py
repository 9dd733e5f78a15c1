"""The site that the tests run on; ``RESTORE_TEST_IMAGE=custom`` gives it an image model of its own.

``RESTORE_TEST_BESIDE=wagtail-ai`` lists that package beside us, and gives the site a form of both.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = Path(os.environ.get("RESTORE_TEST_ROOT") or tempfile.mkdtemp(prefix="restore-test-"))

SECRET_KEY = "for tests only"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.urls"
USE_TZ = True
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = str(ROOT / "media")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WAGTAIL_SITE_NAME = "Tests"
WAGTAILADMIN_BASE_URL = "http://localhost"
SILENCED_SYSTEM_CHECKS = ["wagtailadmin.W002"]

INSTALLED_APPS = [
    "wagtail_restore",
    "tests.app",
    "wagtail.contrib.frontend_cache",
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
    "django_rq",
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
        "TEST": {"NAME": str(ROOT / "test.sqlite3")},
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(ROOT / "private")},
    },
}
WAGTAILIMAGES_IMAGE_FORM_BASE = "wagtail_restore.admin.forms.RestoreImageForm"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "heic", "jpg", "jpeg", "png", "webp", "tif", "tiff", "bmp", "svg"]
if os.environ.get("RESTORE_TEST_IMAGE") == "custom":
    WAGTAILIMAGES_IMAGE_MODEL = "tests_app.CustomImage"
if os.environ.get("RESTORE_TEST_BESIDE") == "wagtail-ai":
    INSTALLED_APPS = ["wagtail_ai", "django_ai_core", "wagtail.contrib.settings", *INSTALLED_APPS]
    WAGTAILIMAGES_IMAGE_FORM_BASE = "tests.app.beside_wagtail_ai.DescribedRestoreForm"
    WAGTAIL_AI = {"PROVIDERS": {"default": {"provider": "openai", "model": "none", "api_key": "none"}}}
# The tests of the statement set it; all others say what happens once it is confirmed.
WAGTAIL_RESTORE = {"PRIVATE_STORAGE": "private", "DEVICE": "cpu", "RIGHTS_STATEMENT": ""}

REDIS = {"UNIX_SOCKET_PATH": os.environ.get("RESTORE_TEST_REDIS", str(ROOT / "redis.sock")), "DB": 0}
RQ_QUEUES = dict.fromkeys(("restore-live", "restore", "restore-bulk"), REDIS)
