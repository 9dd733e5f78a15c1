"""Where a page of ours about one image stands in the admin: below the listing and the page of that image."""

from __future__ import annotations

from typing import Any

from django.urls import reverse, reverse_lazy
from django.utils.text import capfirst
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.images import get_image_model


class ImagePageMixin(WagtailAdminTemplateMixin):
    """For views that have ``image``."""

    image: Any

    @property
    def edit_url(self) -> str:
        return reverse("wagtailimages:edit", args=[self.image.pk])

    @property
    def label(self) -> str:
        """What the page itself is called there."""
        return str(self.get_page_title())

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        listing = capfirst(get_image_model()._meta.verbose_name_plural)
        return [
            *self.breadcrumbs_items,
            {"url": reverse_lazy("wagtailimages:index"), "label": listing},
            {"url": self.edit_url, "label": self.image.title},
            {"url": "", "label": self.label},
        ]
