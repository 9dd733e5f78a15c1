"""The test site on PostgreSQL; ``RESTORE_TEST_POSTGRES`` is the folder of the server's socket (see .ci/postgres)."""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "restore",
        "USER": "restore",
        "HOST": os.environ["RESTORE_TEST_POSTGRES"],
        "TEST": {"NAME": "restore_test"},
    }
}
