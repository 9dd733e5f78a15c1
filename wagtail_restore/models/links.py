"""How a row points to an image: content type and object id, so that any image model will do.

Keys of images are integers, for Wagtail's admin has no address for an image with another.
"""

from __future__ import annotations

from typing import Any, Self

from django.contrib.contenttypes.models import ContentType
from django.db import models, router
from django.db.models.functions import Cast


def database_of(row: models.Model) -> str:
    """Alias of the database that this row is written to, even where it was read from a replica."""
    alias: str = router.db_for_write(type(row), instance=row)
    return alias


def written(model: Any) -> models.QuerySet[Any]:
    """All rows of a model as they are where they are written, whatever the site's managers hide; a replica lags."""
    rows: models.QuerySet[Any] = model._base_manager.using(router.db_for_write(model))
    return rows


class ImageLinkQuerySet(models.QuerySet[Any]):
    """Rows about images."""

    def for_image(self, image: models.Model) -> Self:
        """The rows about this image."""
        return self.filter(content_type=image_type(image), object_id=str(image.pk))


class ImageLink(models.Model):
    """A row about one image; it outlives the image.

    Each such model has an index that begins with both columns. One of the content type alone would lead a database
    that knows no statistics through the rows of all images.
    """

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+", db_index=False)
    object_id = models.CharField(max_length=255)

    objects = ImageLinkQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        abstract = True

    def image(self, using: str | None = None) -> Any:
        """The image itself, fresh from the database, or None when it is gone."""
        model: Any = self.content_type.model_class()
        if model is None:
            return None
        return model._base_manager.using(using or database_of(self)).filter(pk=self.object_id).first()

    @property
    def image_key(self) -> str:
        """One string for the image that is the same on every database."""
        return f"{self.content_type_id}:{self.object_id}"


def image_type(image: models.Model) -> ContentType:
    """The content type of an image, of its concrete model."""
    return ContentType.objects.db_manager(database_of(image)).get_for_model(image)


def image_key(image: models.Model) -> str:
    """The ``image_key`` of the rows about this image."""
    return f"{image_type(image).pk}:{image.pk}"


def image_number(*, outer: bool = False) -> Cast:
    """The primary key of the image that a row is about, as the database compares it, so that its index serves.

    With ``outer`` the row is that of the query outside. The rows must be known to be about images of one model.
    """
    return Cast(models.OuterRef("object_id") if outer else models.F("object_id"), models.BigIntegerField())
