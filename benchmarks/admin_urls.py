"""Addresses of the measured site: Wagtail's admin, and a public page that shows fifty pictures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.images import get_image_model

SHOWN = 50


def page(request: HttpRequest) -> HttpResponse:
    """The newest pictures, each in one rendition."""
    pictures = get_image_model().objects.order_by("-created_at")[:SHOWN]
    return render(request, "benchmarks/page.html", {"pictures": pictures})


urlpatterns = [path("admin/", include(wagtailadmin_urls)), path("page/", page)]
