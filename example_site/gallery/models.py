"""Two kinds of page: a home page, and a gallery that shows every image of a collection."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel
from wagtail.images import get_image_model
from wagtail.models import Collection, Page


class HomePage(Page):
    """Leads to the galleries."""

    intro = models.TextField(blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    subpage_types = ["gallery.GalleryPage"]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["galleries"] = GalleryPage.objects.child_of(self).live()
        return context


class GalleryPage(Page):
    """Shows the images of a collection, newest first: small, cropped, and in the sizes of a srcset."""

    intro = models.TextField(blank=True)
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="+")

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("collection")]
    parent_page_types = ["gallery.HomePage"]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        images = get_image_model().objects.filter(collection__path__startswith=self.collection.path)
        context["images"] = images.order_by("-created_at", "-pk")[:60]
        return context
