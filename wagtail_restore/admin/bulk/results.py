"""Publishing the results of many images, going back to what was before, and going forth to the results again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.images import get_image_model

from wagtail_restore.admin import actions
from wagtail_restore.admin.bulk import selection
from wagtail_restore.admin.bulk.carried import Prospect, Survey
from wagtail_restore.admin.bulk.restore import jobs_about
from wagtail_restore.admin.bulk.together import Together
from wagtail_restore.admin.report_table import sizes
from wagtail_restore.models import Job, State, Version
from wagtail_restore.models.links import image_type

TOLD = ("content_type", "object_id", "state", "result", "report")
"""What of a Job is told before it is confirmed."""


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
    confirms = Job

    def sort(self, images: list[Any]) -> Iterable[Prospect]:
        reviewed = {job.object_id: job for job in jobs_about(images, state=State.REVIEW).only(*TOLD)}
        return (_publishing(image, reviewed.get(str(image.pk))) for image in images)

    def confirmed(self, keys: Sequence[Any]) -> list[Prospect]:
        """By the keys of Jobs: of an image that has another result by now, nobody was asked about that one."""
        return self.results(Job.objects.filter(pk__in=keys).select_related("content_type"))

    def meant(self, keys: Sequence[Any]) -> list[Any]:
        return [prospect.image for prospect in self.confirmed(keys)]

    def results(self, rows: QuerySet[Job]) -> list[Prospect]:
        """Of these Jobs those whose images the user may change, the oldest first."""
        found = list(rows.filter(content_type=ContentType.objects.get_for_model(get_image_model())).order_by("pk"))
        images = self.images(selection.keys_of(job.object_id for job in found))
        keyed = {str(image.pk): image for image in images}
        return [_publishing(keyed[job.object_id], job) for job in found if job.object_id in keyed]

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
        open_for = set(jobs_about(images, open_key__isnull=False).values_list("object_id", flat=True))
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
        rows = jobs_about(images, state=State.PUBLISHED, report__sha1__in=_hashes(images)).only(*TOLD)
        return {job.object_id: job for job in rows if job.report["sha1"] == shown[job.object_id]}

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
        rows = jobs_about(images, state=State.WITHDRAWN, source_hash__in=_hashes(images))
        rows = rows.only("object_id", "source_hash", "report")
        return {job.object_id: job for job in rows if job.source_hash == shown[job.object_id]}

    def _version(self, job: Job, kept: list[Version], image: Any) -> Version | None:
        made = job.report.get("sha1")
        return next((row for row in kept if made and row.file_hash == made), None)


def _publishing(image: Any, job: Job | None) -> Prospect:
    if job is None or job.state != State.REVIEW:
        return Prospect(image, "no_result")
    return Prospect(image, "" if job.result else "undecided", job, sizes(job), key=job.pk)


def _hashes(images: list[Any]) -> list[str]:
    """Of the files that the images show."""
    return [image.file_hash for image in images if image.file_hash]


def _versions(images: list[Any]) -> dict[str, list[Version]]:
    """The kept files of each image, the latest first."""
    found: dict[str, list[Version]] = {}
    if images:
        rows = Version.objects.filter(object_id__in=[str(image.pk) for image in images])
        for version in rows.filter(content_type=image_type(images[0])):
            found.setdefault(version.object_id, []).append(version)
    return found
