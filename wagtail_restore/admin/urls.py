"""The addresses of restoration in Wagtail's admin."""

from __future__ import annotations

from django.urls import path

from wagtail_restore.admin import (
    delete_versions,
    finding,
    live,
    painting,
    painting_templates,
    previewing,
    progress,
    reports,
    restoring,
    review,
    review_list,
    templates,
    views,
)
from wagtail_restore.admin.bulk import running

app_name = "wagtail_restore"

urlpatterns = [
    path("image/<int:pk>/", live.panel, name="panel"),
    path("image/<int:pk>/restore/", restoring.RestoreImage.as_view(), name="restore"),
    path("image/<int:pk>/restore/forecast/", restoring.RestoreForecast.as_view(), name="restore_forecast"),
    path("image/<int:pk>/restore/preview/", previewing.Preview.as_view(), name="restore_preview"),
    path("image/<int:pk>/remove-objects/", painting.RemoveObjects.as_view(), name="remove_objects"),
    path("image/<int:pk>/find-text/", finding.FindText.as_view(), name="find_text"),
    path("image/<int:pk>/select-object/", finding.SelectObject.as_view(), name="select_object"),
    path("image/<int:pk>/save-template/", painting_templates.save, name="save_template"),
    path("image/<int:pk>/template/<int:template>/", painting_templates.mask, name="template_mask"),
    path("image/<int:pk>/delete-versions/", delete_versions.DeleteVersions.as_view(), name="delete_versions"),
    path("template/<int:pk>/preview/", templates.preview_view, name="template_preview"),
    path("progress/", progress.progress, name="progress"),
    path("job/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("job/<int:pk>/retry/", views.retry, name="retry"),
    path("job/<int:pk>/publish/", views.publish, name="publish"),
    path("job/<int:pk>/discard/", views.discard, name="discard"),
    path("job/<int:pk>/decide/", views.decide, name="decide"),
    path("job/<int:pk>/result/", live.result, name="result"),
    path("version/<int:pk>/back/", views.go_back, name="go_back"),
    path("version/<int:pk>/picture/", live.version, name="version"),
    path("version/<int:pk>/preview/", live.version_preview, name="version_preview"),
    path("known-mark/<int:pk>/picture/", live.known_mark, name="known_mark"),
    *running.urlpatterns,
    path("review/", review.Review.as_view(), name="review"),
    path("review/<int:pk>/", review.Review.as_view(), name="review_one"),
    path("review/<int:pk>/next/", review.onward, name="review_next"),
    path("review/list/", review_list.ReviewList.as_view(), name="review_list"),
    path("review/list/results/", review_list.ReviewList.as_view(results_only=True), name="review_list_results"),
    path("report/", reports.JobsReport.as_view(), name="report"),
    path("report/results/", reports.JobsReport.as_view(results_only=True), name="report_results"),
    path("report/<int:pk>/", reports.JobView.as_view(), name="job"),
]
