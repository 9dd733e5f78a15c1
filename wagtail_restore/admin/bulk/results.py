"""Publishing the results of many images, going back to what was before, and going forth to the results again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wagtail_restore.admin import actions
from wagtail_restore.admin.bulk.restore import jobs_about
from wagtail_restore.admin.bulk.together import Prospect, Survey, Together
from wagtail_restore.admin.report_table import sizes
from wagtail_restore.models import Job, State, Version
from wagtail_restore.models.links import image_type


class Publish(Together):
    """Publishes what is under review."""

    display_name = gettext_lazy("Publish results")
    action_type = "restore_publish"
    aria_label = gettext_lazy("Publish the restored pictures of the selected images")
    action_priority = 110
    title = gettext_lazy("Publish results")
    nothing = gettext_lazy("None of these images has a result to publish.")
    button = gettext_lazy("Yes, publish")
    undo, undo_label = "restore_go_back", gettext_lazy("Go back")

    def sort(self, images: list[Any]) -> Iterable[Prospect]:
        reviewed = {job.object_id: job for job in jobs_about(images, state=State.REVIEW)}
        for image in images:
            job = reviewed.get(str(image.pk))
            left = "no_result" if job is None else "" if job.result else "undecided"
            yield Prospect(image, left, job, sizes(job) if job else "")

    def act(self, prospect: Prospect) -> None:
        actions.publish(prospect.work, self.request.user)

    def question(self, count: int) -> str:
        asked = ngettext(
            "The result of %(count)s image will be published.",
            "The results of %(count)s images will be published.",
            count,
        )
        return asked % {"count": count}

    def remarks(self, survey: Survey) -> list[str]:
        return [_("Every page shows the restored pictures at once. You see each result on the page of its image.")]

    def told(self, count: int) -> str:
        return ngettext(
            "The result of %(count)s image was published.", "The results of %(count)s images were published.", count
        ) % {"count": count}


class GoBack(Together):
    """Lets each image show the version from before its last restoration."""

    display_name = gettext_lazy("Go back")
    action_type = "restore_go_back"
    aria_label = gettext_lazy("Go back to what the selected images were before their last restoration")
    action_priority = 120
    title = gettext_lazy("Go back to the version before")
    nothing = gettext_lazy("None of these images can go back.")
    button = gettext_lazy("Yes, go back")
    undo, undo_label = "restore_go_forth", gettext_lazy("Show the restored pictures again")
    missing = "not_restored"

    def sort(self, images: list[Any]) -> Iterable[Prospect]:
        open_for = {job.object_id for job in jobs_about(images, open_key__isnull=False)}
        meant = self._meant(images)
        kept = _versions(images)
        for image in images:
            job = meant.get(str(image.pk))
            version = self._version(job, kept.get(str(image.pk), []), image) if job else None
            left = "under_way" if str(image.pk) in open_for else self.missing if job is None else ""
            left = left or ("" if version else "no_version")
            yield Prospect(image, left, version, f"{version.width} × {version.height}" if version else "")

    def act(self, prospect: Prospect) -> None:
        actions.go_back(prospect.work, self.request.user)

    def question(self, count: int) -> str:
        asked = ngettext(
            "%(count)s image will show the version from before its last restoration.",
            "%(count)s images will show the version from before their last restoration.",
            count,
        )
        return asked % {"count": count}

    def remarks(self, survey: Survey) -> list[str]:
        return [_("The restored pictures are kept for a while, so that you can show them again.")]

    def told(self, count: int) -> str:
        return ngettext(
            "%(count)s image shows its earlier version again.",
            "%(count)s images show their earlier versions again.",
            count,
        ) % {"count": count}

    def _meant(self, images: list[Any]) -> dict[str, Job]:
        """For each image the Job whose result it shows."""
        shown = {str(image.pk): image.file_hash for image in images}
        rows = jobs_about(images, state=State.PUBLISHED)
        return {job.object_id: job for job in rows if job.report.get("sha1", "") == shown[job.object_id] != ""}

    def _version(self, job: Job, kept: list[Version], image: Any) -> Version | None:
        """The file in whose place the result came."""
        return next((row for row in kept if row.job_id == job.pk and row.file_hash != image.file_hash), None)


class GoForth(GoBack):
    """Takes a going back back."""

    display_name = gettext_lazy("Show the restored pictures again")
    action_type = "restore_go_forth"
    title = gettext_lazy("Show the restored pictures again")
    nothing = gettext_lazy("Of none of these images a restored picture is kept.")
    button = gettext_lazy("Yes, show them")
    undo, undo_label = "restore_go_back", gettext_lazy("Go back")
    missing = "not_taken_back"

    def question(self, count: int) -> str:
        asked = ngettext(
            "%(count)s image will show its restored picture again.",
            "%(count)s images will show their restored pictures again.",
            count,
        )
        return asked % {"count": count}

    def remarks(self, survey: Survey) -> list[str]:
        return []

    def told(self, count: int) -> str:
        return ngettext(
            "%(count)s image shows its restored picture again.",
            "%(count)s images show their restored pictures again.",
            count,
        ) % {"count": count}

    def _meant(self, images: list[Any]) -> dict[str, Job]:
        """For each image the Job that was taken back last, and was made from the file that it shows."""
        shown = {str(image.pk): image.file_hash for image in images}
        rows = jobs_about(images, state=State.WITHDRAWN)
        return {job.object_id: job for job in rows if job.source_hash == shown[job.object_id] != ""}

    def _version(self, job: Job, kept: list[Version], image: Any) -> Version | None:
        made = job.report.get("sha1")
        return next((row for row in kept if made and row.file_hash == made), None)


def _versions(images: list[Any]) -> dict[str, list[Version]]:
    """The kept files of each image, the latest first."""
    found: dict[str, list[Version]] = {}
    if images:
        rows = Version.objects.filter(object_id__in=[str(image.pk) for image in images])
        for version in rows.filter(content_type=image_type(images[0])):
            found.setdefault(version.object_id, []).append(version)
    return found
