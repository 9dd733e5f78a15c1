"""The rows: Facts, Rules, templates, known marks, Jobs, Versions, Retired files, confirmations, signs, notices."""

from __future__ import annotations

from wagtail_restore.models.files import ImageFacts, Retired, Store, Version, private_storage
from wagtail_restore.models.jobs import Job, State, UpkeepLock
from wagtail_restore.models.known_marks import KnownMark
from wagtail_restore.models.notices import Bulletin, Digest
from wagtail_restore.models.rights import RightsConfirmation
from wagtail_restore.models.rules import ResolutionRule
from wagtail_restore.models.templates import MaskTemplate
from wagtail_restore.models.workers import WorkerSign

__all__ = [
    "Bulletin",
    "Digest",
    "ImageFacts",
    "Job",
    "KnownMark",
    "MaskTemplate",
    "ResolutionRule",
    "Retired",
    "RightsConfirmation",
    "State",
    "Store",
    "UpkeepLock",
    "Version",
    "WorkerSign",
    "private_storage",
]
