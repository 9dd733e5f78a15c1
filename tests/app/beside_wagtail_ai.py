"""The image form of a site that has wagtail-ai beside us, as docs/how-to/other-packages.md says."""

from __future__ import annotations

from wagtail_ai.forms import DescribeImageForm

from wagtail_restore.admin.forms import RestoreImageFormMixin


class DescribedRestoreForm(RestoreImageFormMixin, DescribeImageForm):
    """Our fields, and wagtail-ai's buttons at title and description."""
