"""The rules in the settings menu: a list to drag into order, and a form that asks only for what the action needs."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Max
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.forms.collections import CollectionChoiceField
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.models import Collection

from wagtail_restore.admin.model_field import ModelField
from wagtail_restore.admin.report_table import ASIDE
from wagtail_restore.admin.rule_list import RuleIndexView, RuleReorderView
from wagtail_restore.admin.rule_preview import RulePreviewView
from wagtail_restore.models import ResolutionRule
from wagtail_restore.models.rules import upscalers

ACTIONS = ResolutionRule.Actions


class RuleForm(WagtailAdminModelForm):
    """The collections are indented as in the rest of the admin, and a new rule is put behind the others."""

    collection = CollectionChoiceField(
        label=_("Collection"),
        queryset=Collection.objects.all(),
        required=False,
        empty_label=_("The whole library, or where the template holds"),
        help_text=ResolutionRule._meta.get_field("collection").help_text,
    )
    model = ModelField(label=_("Model"), initial=ResolutionRule.Models.AUTO)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            last = ResolutionRule.objects.aggregate(last=Max("sort_order"))["last"]
            self.instance.sort_order = 0 if last is None else last + 1
        self.fields["model"].keep(self.instance.model)
        for name in ("collection", "applies_to", "model", "mode"):
            self.fields[name].widget.attrs["class"] = "w-w-full"  # some of their choices are wider than a telephone


def _only_for(field: str, *actions: str) -> FieldPanel:
    return FieldPanel(field, attrs=_shown_for(*actions))


def _shown_for(*actions: str) -> dict[str, str]:
    return {"data-w-rules-target": "show", "data-w-rules": json.dumps({"action": [str(action) for action in actions]})}


def _panels() -> ObjectList:
    return ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("name"), FieldPanel("active"), FieldPanel("collection"), FieldPanel("applies_to")],
                heading=_("Rule"),
                icon="sliders",
            ),
            MultiFieldPanel(
                [FieldPanel("min_width"), FieldPanel("min_height"), FieldPanel("min_megapixels")],
                heading=_("A picture is too small if it is below"),
                help_text=_(
                    "Pixels as the picture is shown, upright. With a width and a height, a picture is too small "
                    "when either is below."
                ),
                icon="crosshairs",
                attrs=_shown_for(ACTIONS.UPSCALE, ACTIONS.REFUSE),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("action"),
                    *(_only_for(name, ACTIONS.UPSCALE) for name in ("target_width", "model", "mode")),
                    _only_for("template", ACTIONS.ERASE),
                    _only_for("publish", ACTIONS.UPSCALE, ACTIONS.ERASE),
                    _only_for("message", ACTIONS.REFUSE),
                ],
                heading=_("Then"),
                help_text=_(
                    "Refusing rules are looked at first, and nobody can override them. Of the upscaling rules, the "
                    "first one in the list that fits is followed, unless the editor asks for something else. Of those "
                    "that erase, the first one is followed, for new files and in the backfill."
                ),
                icon="cogs",
            ),
        ],
        base_form_class=RuleForm,
        attrs={"data-controller": "w-rules", "data-action": "change->w-rules#resolve"},
    )


def condition(rule: ResolutionRule) -> str:
    """When a picture is too small for this rule, in words."""
    if rule.action == ACTIONS.ERASE:
        return "—"
    words = []
    if rule.min_width:
        words.append(_("%(pixels)s px wide") % {"pixels": rule.min_width})
    if rule.min_height:
        words.append(_("%(pixels)s px high") % {"pixels": rule.min_height})
    if rule.min_megapixels:
        words.append(_("%(megapixels)s megapixels") % {"megapixels": f"{rule.min_megapixels.normalize():f}"})
    return str(_(" or ")).join(str(word) for word in words)


def outcome(rule: ResolutionRule) -> str:
    """What this rule does with such a picture, in words."""
    if rule.action == ACTIONS.REFUSE:
        return str(_("Refuse the upload"))
    if rule.action == ACTIONS.UPSCALE and rule.model not in {*ResolutionRule.Models.values, *upscalers()}:
        gone = _("%(upscale)s: impossible, as there is no model called “%(model)s” any more")
        return str(gone % {"upscale": _upscaled(rule), "model": rule.model})
    does = _erased(rule) if rule.action == ACTIONS.ERASE else _upscaled(rule)
    if rule.publish == ResolutionRule.Publish.REVIEW:
        return str(_("%(does)s, after a review") % {"does": does})
    return does


def _erased(rule: ResolutionRule) -> str:
    return str(_("Erase with the template “%(template)s”") % {"template": rule.template})


def _upscaled(rule: ResolutionRule) -> str:
    if rule.target_width:
        upscale = str(_("Upscale to a width of %(pixels)s px") % {"pixels": rule.target_width})
    else:
        upscale = str(_("Upscale to the minimum"))
    if rule.model not in upscalers():
        return upscale
    return str(_("%(upscale)s with the model “%(model)s”") % {"upscale": upscale, "model": rule.model})


def _held_in(rule: ResolutionRule) -> Any:
    return rule.holds_in or _("The whole library")


class RuleViewSet(ModelViewSet):
    """The rules, for those with Django's permissions for them."""

    model = ResolutionRule
    index_view_class = RuleIndexView
    reorder_view_class = RuleReorderView
    name = "restore_rules"
    url_prefix = "restore/rules"
    icon = "sliders"
    menu_label = _("Resolution rules")
    menu_name = "restore-rules"
    menu_order = 950
    add_to_settings_menu = True
    add_to_reference_index = False
    copy_view_enabled = True
    inspect_view_enabled = False
    sort_order_field = ordering = "sort_order"
    search_fields = ["name"]
    list_filter = ["active", "action", "applies_to", "collection"]
    list_export = ["name", "active", "collection", "min_width", "min_height", "min_megapixels", "action"]
    index_results_template_name = "wagtail_restore/rules/index_results.html"
    index_template_name = "wagtail_restore/rules/index.html"
    create_template_name = "wagtail_restore/rules/create.html"
    edit_template_name = "wagtail_restore/rules/edit.html"

    @cached_property
    def list_display(self) -> list[Any]:
        return [
            "name",
            Column("collection", _("Collection"), _held_in, classname=ASIDE),
            Column("condition", label=_("Too small below"), accessor=condition, classname=ASIDE),
            Column("outcome", label=_("Then"), accessor=outcome),
            Column("applies_to", _("Applies to"), lambda rule: rule.get_applies_to_display(), classname=ASIDE),
            BooleanColumn("active", label=pgettext_lazy("rule", "Active")),
        ]

    @cached_property
    def edit_handler(self) -> ObjectList:
        return _panels()

    def get_urlpatterns(self) -> list[Any]:
        known = {"permission_policy": self.permission_policy, "form_class": self.get_form_class()}
        preview = RulePreviewView.as_view(**known)
        ours = [path("touched/", preview, name="touched"), path("touched/<int:pk>/", preview, name="touched_by")]
        return [*super().get_urlpatterns(), *ours]
