"""The multiple upload with options for the whole batch; it stands before Wagtail's own view (see ``BATCH_OPTIONS``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape
from wagtail.images.views.multiple import AddView

from wagtail_restore.admin import fields
from wagtail_restore.admin.duplicates import made_of
from wagtail_restore.admin.forms import RestoreImageFormMixin


class BatchAddView(AddView):
    """Wagtail's multiple upload; what was chosen for the batch reaches every file, and its form afterwards.

    A file whose form has a mistake Wagtail keeps outside of the library, and says that it was uploaded: so no mistake
    in one of our fields stands against the file. What it was for is held back, and the form of the file says so.
    """

    def get_upload_form_class(self) -> Any:
        """What makes the form: a class of our own would cost as much again as Wagtail's, for every file."""
        return partial(_batch_form, super().get_upload_form_class(), fields.picked(self.request.POST))

    def save_object(self, form: Any) -> Any:
        self._keep(form)
        return super().save_object(form)

    def get_edit_object_form_context_data(self) -> dict[str, Any]:
        context: dict[str, Any] = super().get_edit_object_form_context_data()
        self._offer(context["form"])
        return context

    def get_edit_object_response_data(self) -> dict[str, Any]:
        """Also a duplicate where an image was restored from this very file: by its own hash it is another one now."""
        data: dict[str, Any] = super().get_edit_object_response_data()
        if data["duplicate"]:
            return data
        policy = self.permission_policy
        existing = made_of(self.object, lambda: policy.instances_user_has_permission_for(self.request.user, "choose"))
        if existing is None:
            return data
        confirm = self.get_confirm_duplicate_upload_response([existing])
        return {**data, "duplicate": True, "confirm_duplicate_upload": confirm}

    def get_confirm_duplicate_upload_response(self, duplicates: Any) -> str:
        """Also what was held back: the form that says so is shown only once somebody keeps the new image."""
        confirm: str = super().get_confirm_duplicate_upload_response(duplicates)
        held = [text for texts in self.batch_held.values() for text in texts]
        told = render_to_string("wagtail_restore/uploads/held.html", {"held": held}) if held else ""
        return told + confirm

    def get_edit_upload_form_context_data(self) -> dict[str, Any]:
        context: dict[str, Any] = super().get_edit_upload_form_context_data()
        form = self.get_upload_form_class()({}, user=self.request.user)
        form.is_valid()
        self._keep(form)
        self._offer(context["form"])
        return context

    def get_invalid_response_data(self, form: Any) -> dict[str, Any]:
        """The reason is put into the page as HTML, and a rule's message is free text."""
        data: dict[str, Any] = super().get_invalid_response_data(form)
        return {**data, "error_message": escape(data["error_message"])}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["restore_fields"] = [self.form[name] for name in fields.NAMES if name in self.form.fields]
        return context

    def _keep(self, form: Any) -> None:
        # The site may have a form without our mixin.
        self.batch_wishes, self.batch_held = getattr(form, "asked", None), getattr(form, "held", {})

    def _offer(self, form: Any) -> None:
        offer = getattr(form, "offer", None)
        if offer is not None:
            offer(self.batch_wishes, self.batch_held)


def _batch_form(form_class: Any, chosen: Mapping[str, Any], data: Any = None, *args: Any, **kwargs: Any) -> Any:
    form = form_class(None if data is None else {**chosen, **data}, *args, **kwargs)
    if isinstance(form, RestoreImageFormMixin):
        form.hold_back()
    return form
