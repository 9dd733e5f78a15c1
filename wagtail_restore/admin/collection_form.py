"""The form of what holds in a collection, for whoever may change the images that it will be taken off."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.collections import CollectionChoiceField
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.models import Collection

from wagtail_restore.admin.permissions import offered_collections


class CollectionForm(WagtailAdminModelForm):
    """The collections are indented as in the rest of the admin; the one that the row has now can always stay."""

    collection = CollectionChoiceField(
        label=_("Collection"),
        queryset=Collection.objects.none(),
        empty_label=None,
        help_text=_("With all collections inside it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collection"].queryset = offered_collections(self.for_user, self.instance.collection_id)
