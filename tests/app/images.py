"""The image and rendition models of the site that the tests run on."""

from __future__ import annotations

from wagtail.images import get_image_model

Image = get_image_model()
Rendition = Image.get_rendition_model()
