"""A page that shows an image in several renditions, and an image model of the site's own."""

from __future__ import annotations

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.images import get_image_model_string
from wagtail.images.models import AbstractImage, AbstractRendition, Image
from wagtail.models import Page


class CustomImage(AbstractImage):
    """An image model with a field of its own."""

    credit = models.CharField(max_length=255, blank=True)
    admin_form_fields = (*Image.admin_form_fields, "credit")


class CustomRendition(AbstractRendition):
    """A rendition with a column of its own."""

    image = models.ForeignKey(CustomImage, on_delete=models.CASCADE, related_name="renditions")
    views = models.PositiveIntegerField(default=0)

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)


class PicturePage(Page):
    """A page with one picture."""

    picture = models.ForeignKey(get_image_model_string(), null=True, on_delete=models.SET_NULL, related_name="+")
    content_panels = [*Page.content_panels, FieldPanel("picture")]
    template = "tests/picture_page.html"
