"""The settings of ``WAGTAIL_RESTORE``: every key with its type, its default and one line; read live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

OFFERS = ("noise", "jpeg", "faces", "denoise")
"""What ``OFFER`` may name."""


def gettext_noop(message: str) -> str:
    """Mark for translation; Django's own asks for settings, which whoever only wants the defaults has none of."""
    return message


class Settings:
    """Attribute access to ``settings.WAGTAIL_RESTORE``; a key that the site does not set has the default below."""

    PRIVATE_STORAGE: str = ""
    """Alias in ``STORAGES`` of a private storage for Results and Versions; required, never under ``MEDIA_ROOT``."""
    MAX_OUTPUT_PIXELS: int = 0
    """No picture with more pixels is opened or made; 0 for Wagtail's own limit, ``WAGTAILIMAGES_MAX_IMAGE_PIXELS``."""
    MODELS: dict[str, dict[str, Any]] = {}
    """The site's own Models, by alias, with the keys of ``catalogue.toml``."""
    PREFERRED_MODELS: dict[str, str] = {}
    """By purpose (``photo``, ``line``, ``noise``, …), the alias that ``auto`` takes when its weights are at hand."""
    OFFER: tuple[str, ...] = ()
    """What forms offer beyond what the box brings: some of ``noise``, ``jpeg``, ``faces``, ``denoise``."""
    WEIGHTS_FOLDERS: tuple[str, ...] = ()
    """Folders on the worker where weights lie, besides the bundled ones."""
    DEVICE: str = "auto"
    """``auto``, ``cpu``, ``cuda``, ``cuda:1``, …: where the worker computes."""
    MEMORY_BUDGET: int = 2_000_000_000
    """Bytes that loaded Models may hold together before the least recently used is dropped."""
    DETECT_CONFIDENCE: float = 0.6
    """A Region found with less confidence than this is shown to a person before anything is erased."""
    SENSITIVITY: dict[str, str] = {}
    """By kind of mark (``date``, ``watermark``, ``text``): ``ask``, ``careful``, ``normal`` or ``eager``."""
    ERASE_MARGIN: float = 0.02
    """How far beyond a found mark is erased, as a share of the height of its line; two pixels at least."""
    PAINTED_MARGIN: int = 2
    """How many pixels beyond what somebody painted is erased."""
    RIGHTS_STATEMENT: str = gettext_noop(
        "I may remove the watermarks from these pictures: the rights are ours, or whoever holds them agrees."
    )
    """What a person confirms once before a watermark is removed, translated where possible; empty to ask nobody."""
    KEEP_GPS: bool = True
    """Whether a result keeps the GPS position of its source."""
    KEEP_VERSIONS_DAYS: int = 180
    """Days that an earlier original is kept to go back to; 0 keeps none."""
    KEEP_MASKS_DAYS: int = 7
    """Days that what somebody painted is kept after its Job failed, to try again; 0 keeps none."""
    GRACE_SECONDS: int = 7 * 24 * 3600
    """Seconds that a replaced public file stays for pages that were cached; at least your page cache's lifetime."""
    SETTLE_SECONDS: int = 300
    """Seconds after a swap when its renditions are looked over once more."""
    LEASE_SECONDS: int = 60
    """Seconds without a sign of life after which a worker is taken for dead."""
    JOB_SECONDS: int = 3600
    """Seconds that one Job may work."""
    MAX_ATTEMPTS: int = 3
    """How often a Job is tried when a retry can help."""
    RETRY_SECONDS: int = 30
    """Seconds before the first retry; doubled for each further one."""
    BULK_RINGS: int = 50
    """How many waiting Jobs of bulk work have a ring in Redis at one time."""
    QUEUES: dict[str, str] = {"live": "restore-live", "restore": "restore", "bulk": "restore-bulk"}
    """Names of the RQ queues for live requests, for people waiting, and for bulk work."""
    BATCH_OPTIONS: bool = True
    """Whether the multiple-upload page shows the options for the whole batch (shadows ``images/multiple/add/``)."""
    LISTING: bool = True
    """Whether the image listing has our badges, filter and order (shadows ``images/`` and ``images/results/``)."""
    WEBHOOK_SECRET_URL: str = ""
    """Address, a secret, to which upkeep posts for a chat that something needs people; empty to post nothing.

    By the word in its name Django keeps it out of its error reports.
    """

    def __getattribute__(self, name: str) -> Any:
        if not name.isupper():
            return super().__getattribute__(name)
        default = super().__getattribute__(name)
        set_by_site = getattr(settings, "WAGTAIL_RESTORE", {})
        # The checks say what is wrong with anything else, which they could not if it failed here.
        return set_by_site.get(name, default) if isinstance(set_by_site, Mapping) else default

    @property
    def max_pixels(self) -> int:
        """The limit in force: ours, or else the one that Wagtail holds uploads to."""
        return self.MAX_OUTPUT_PIXELS or getattr(settings, "WAGTAILIMAGES_MAX_IMAGE_PIXELS", 128_000_000)

    def known(self) -> tuple[str, ...]:
        """Every key that a site may set."""
        return tuple(name for name in vars(type(self)) if name.isupper())


conf = Settings()
