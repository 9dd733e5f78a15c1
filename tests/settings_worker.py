"""The test site as a worker process sees it: the database of the test that started it, and where it is to die."""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

DATABASES = {"default": {**DATABASES["default"], "NAME": os.environ["RESTORE_TEST_DB"]}}
INSTALLED_APPS = [*INSTALLED_APPS, "tests.killer"]
KILL_AT = os.environ.get("RESTORE_TEST_KILL_AT", "")
