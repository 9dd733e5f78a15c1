"""Translators find every text that the catalogue has on an upscaler, and readers see it in their language."""

from __future__ import annotations

from django.utils import translation

from wagtail_restore import catalogue
from wagtail_restore.admin.model_field import remark
from wagtail_restore.admin.summaries import SUMMARIES


def test_the_texts_are_those_of_the_catalogue() -> None:
    assert {model.summary for model in catalogue.shipped().values() if model.kind == "upscale"} == SUMMARIES


def test_a_german_administrator_reads_german() -> None:
    with translation.override("de"):
        text = remark(catalogue.shipped()["resample"])
    assert text.startswith("Lanczos-Verfahren: kein Netz, keine neuen Details; der ehrliche Vergleich.")
