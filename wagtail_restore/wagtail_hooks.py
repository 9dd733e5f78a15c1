"""Table of contents of what restoration adds to Wagtail's admin: registrations only."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.staticfiles import versioned_static
from wagtail.models import Collection

from wagtail_restore.admin import home, known_marks, templates, urls
from wagtail_restore.admin.bulk.restore import Restore
from wagtail_restore.admin.bulk.results import GoBack, Publish
from wagtail_restore.admin.digest import DigestPanel
from wagtail_restore.admin.known_marks import KnownMarkViewSet
from wagtail_restore.admin.listing import ListingView
from wagtail_restore.admin.log import LOGGED
from wagtail_restore.admin.permissions import offered
from wagtail_restore.admin.publishing import PublishChosen
from wagtail_restore.admin.reports import ReportMenuItem
from wagtail_restore.admin.review import ReviewMenuItem
from wagtail_restore.admin.rules import RuleViewSet
from wagtail_restore.admin.templates import TemplateViewSet
from wagtail_restore.admin.uploads import BatchAddView
from wagtail_restore.conf import conf

ICONS = (
    "restore",
    *(f"restore-{name}" for name in ("brush", "eraser", "rectangle", "lasso", "select", "undo", "redo", "fit")),
)


@hooks.register("register_admin_urls")
def register_urls() -> list[URLResolver]:
    return [path("restore/", include(urls, namespace="wagtail_restore"))]


@hooks.register("register_admin_urls", order=-1)
def register_batch_upload() -> list[URLPattern]:
    """Stands before Wagtail's own address, which ``reverse`` still gives."""
    if not conf.BATCH_OPTIONS:
        return []
    return [path("images/multiple/add/", BatchAddView.as_view(), name="restore_add_multiple")]


@hooks.register("register_admin_urls", order=-1)
def register_listing() -> list[URLPattern]:
    """As ``register_batch_upload``."""
    if not conf.LISTING:
        return []
    return [
        path("images/", ListingView.as_view(), name="restore_listing"),
        path("images/results/", ListingView.as_view(results_only=True), name="restore_listing_results"),
    ]


for action in (Restore, Publish, GoBack):
    hooks.register("register_bulk_action", action)


@hooks.register("register_admin_viewset")
def register_rules() -> RuleViewSet:
    return RuleViewSet()


@hooks.register("register_admin_viewset")
def register_templates() -> TemplateViewSet:
    return TemplateViewSet()


@hooks.register("register_admin_viewset")
def register_known_marks() -> KnownMarkViewSet:
    return KnownMarkViewSet()


@hooks.register("describe_collection_contents")
def describe_known_marks(collection: Collection) -> dict[str, Any] | None:
    return known_marks.contents_of(collection)


@hooks.register("describe_collection_contents")
def describe_templates(collection: Collection) -> dict[str, Any] | None:
    return templates.contents_of(collection)


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Any]:
    return offered()


@hooks.register("register_reports_menu_item")
def register_report() -> MenuItem:
    return ReportMenuItem(
        _("Restorations"), reverse("wagtail_restore:report"), name="restorations", icon_name="restore", order=950
    )


@hooks.register("register_reports_menu_item")
def register_review() -> MenuItem:
    return ReviewMenuItem(
        _("Results to review"), reverse("wagtail_restore:review"), name="results-to-review", icon_name="view", order=949
    )


@hooks.register("insert_global_admin_css")
def insert_style() -> SafeString:
    """On every page: the chooser of images, with our fields, opens on any, and tells there what comes of an upload; and
    cells of ours stand in any listing.
    """
    files = [(versioned_static(f"wagtail_restore/{name}.css"),) for name in ("fields", "news", "tables")]
    return format_html_join("", '<link rel="stylesheet" href="{}">', files)


@hooks.register("insert_editor_js")
def insert_script() -> SafeString:
    """On every page with a form, in which images may be chosen, and be uploaded for that."""
    files = [(versioned_static(f"wagtail_restore/{name}.js"),) for name in ("following", "remember")]
    return format_html_join("", '<script src="{}"></script>', files) + format_html(
        '<script src="{}" data-dismiss="{}"></script><script src="{}" data-url="{}" data-chooser="{}"></script>',
        versioned_static("wagtail_restore/news.js"),
        gettext("Dismiss"),
        versioned_static("wagtail_restore/chosen.js"),
        reverse("wagtail_restore:progress"),
        reverse("wagtailimages_chooser:choose"),
    )


@hooks.register("construct_homepage_summary_items")
def add_summary(request: HttpRequest, items: list[Any]) -> None:
    items.append(home.RestorationSummary(request))


@hooks.register("construct_homepage_panels")
def add_panel(request: HttpRequest, panels: list[Any]) -> None:
    panels.extend(home.panels_for(request))


@hooks.register("register_account_settings_panel")
def add_digest(request: HttpRequest, user: Any, profile: Any) -> DigestPanel:
    return DigestPanel(request, user, profile)


@hooks.register("register_icons")
def register_icons(icons: list[str]) -> list[str]:
    return [*icons, *(f"wagtail_restore/icons/{name}.svg" for name in ICONS)]


hooks.register("register_bulk_action", PublishChosen)


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    for action, formatter in LOGGED.items():
        actions.register_action(action)(formatter)
