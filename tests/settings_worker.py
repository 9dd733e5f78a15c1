"""The test site as a worker process sees it: the test's own database, and where it is to die or wait."""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS

DATABASES = {"default": {**DATABASES["default"], "NAME": os.environ["RESTORE_TEST_DB"]}}
INSTALLED_APPS = [*INSTALLED_APPS, "tests.killer"]
KILL_AT = os.environ.get("RESTORE_TEST_KILL_AT", "")
HOLD_AT = os.environ.get("RESTORE_TEST_HOLD_AT", "")
IDLE_SECONDS = int(os.environ.get("RESTORE_TEST_IDLE_SECONDS", "0"))
