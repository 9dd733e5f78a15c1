"""What the example site begins with: a superuser, two collections with a page each, old images, and rules."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.images import ImageFile
from wagtail.images import get_image_model
from wagtail.models import Collection, Page, Site

from gallery.models import GalleryPage, HomePage
from gallery.photos import LIBRARY, TOO_SMALL, UPLOAD, Photo
from wagtail_restore.models import ResolutionRule

USER = PASSWORD = "admin"
NEWS, ARCHIVE = "News", "Archive"
NEWS_WIDTH, NEWS_LEAST, ARCHIVE_WIDTH = 1200, 200, 800


def lay_down() -> None:
    """Everything but the rules, where it is not there yet."""
    users = get_user_model()
    if not users.objects.filter(username=USER).exists():
        users.objects.create_superuser(USER, "admin@example.com", PASSWORD)
    home = _home()
    for title, intro in (
        (NEWS, "Photos that are uploaded to the collection News."),
        (ARCHIVE, "Photos that were in the library before there was a rule."),
    ):
        if not GalleryPage.objects.child_of(home).filter(title=title).exists():
            home.add_child(instance=GalleryPage(title=title, intro=intro, collection=collection(title)))
    if not get_image_model().objects.exists():
        for photo in LIBRARY:
            put(photo, ARCHIVE)


def put(photo: Photo, into: str) -> Any:
    """Save a photo as an image of this collection, as an import script would."""
    file = ImageFile(BytesIO(photo.jpeg()), name=photo.name)
    image = get_image_model()(title=photo.title, collection=collection(into), file=file)
    image._set_image_file_metadata()
    image.save()
    return image


def news_rules() -> None:
    """What the News ask of an upload."""
    ResolutionRule.objects.get_or_create(
        name="News: no thumbnails",
        defaults={
            "collection": collection(NEWS),
            "min_width": NEWS_LEAST,
            "action": ResolutionRule.Actions.REFUSE,
            "applies_to": ResolutionRule.AppliesTo.UPLOADS,
            "message": "Ask the photographer for the original.",
        },
    )
    ResolutionRule.objects.get_or_create(
        name="News: wide enough for the front page",
        defaults={"collection": collection(NEWS), "min_width": NEWS_WIDTH, "sort_order": 1},
    )


def archive_rule() -> None:
    """What is asked of the images that were there before."""
    ResolutionRule.objects.get_or_create(
        name="Archive: wide enough for a page",
        defaults={"collection": collection(ARCHIVE), "min_width": ARCHIVE_WIDTH, "sort_order": 2},
    )


def collection(name: str) -> Collection:
    """The collection of this name below the root."""
    root = Collection.get_first_root_node()
    return root.get_children().filter(name=name).first() or root.add_child(name=name)


def samples() -> tuple[Photo, ...]:
    """Photos to try uploads with."""
    return UPLOAD, TOO_SMALL, *LIBRARY


def _home() -> HomePage:
    found = HomePage.objects.first()
    if found:
        return found
    Page.objects.filter(depth=2).delete()
    root = Page.get_first_root_node()
    home: HomePage = root.add_child(
        instance=HomePage(title="Pictures that heal themselves", intro="Small photos in, photos of the right size out.")
    )
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "root_page": home, "site_name": "wagtail-restore"}
    )
    return home
