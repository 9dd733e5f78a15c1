"""Settings of the example site: everything on one machine, nothing to install beside the Python packages."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("EXAMPLE_VAR") or HERE / "var").resolve()

SECRET_KEY = "for trying out on your own machine only"
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ROOT_URLCONF = "project.urls"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR / "media"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
WAGTAIL_SITE_NAME = "wagtail-restore"
WAGTAILADMIN_BASE_URL = "http://localhost:8000"
# Faces would come from a server elsewhere; this site stays on its machine.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
AUTH_PASSWORD_VALIDATORS: list[dict[str, str]] = []

INSTALLED_APPS = [
    "gallery",
    # Before wagtail.images: it extends that app's templates.
    "wagtail_restore",
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
    "django_rq",
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

# The site and the worker both write: without these options one of them would meet "database is locked".
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": VAR / "db.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    # Earlier originals and unpublished results: outside MEDIA_ROOT, so that no URL leads there.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR / "private"},
    },
}

# The path of a Unix socket may have some hundred characters at most.
REDIS_SOCKET = VAR / "redis.sock"
if len(str(REDIS_SOCKET)) > 90:
    REDIS_SOCKET = Path(tempfile.gettempdir()) / f"restore-{hashlib.sha1(bytes(VAR)).hexdigest()[:12]}.sock"
RQ_QUEUES = {
    name: {"UNIX_SOCKET_PATH": str(REDIS_SOCKET), "DB": 0} for name in ("restore-live", "restore", "restore-bulk")
}

WAGTAILIMAGES_IMAGE_FORM_BASE = "wagtail_restore.admin.forms.RestoreImageForm"
WAGTAIL_RESTORE = {"PRIVATE_STORAGE": "private"}
