"""What a rule would touch now as it stands in the form, saved or not: a count, and some of the images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import View
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from wagtail_restore.admin.permissions import changeable, seen_by
from wagtail_restore.admin.report_table import PREVIEW
from wagtail_restore.admin.rule_list import ordered
from wagtail_restore.models import ResolutionRule
from wagtail_restore.touched import Reach

SAMPLES = 12
ACTIONS, APPLIES = ResolutionRule.Actions, ResolutionRule.AppliesTo


class RulePreviewView(PermissionCheckedMixin, View):
    """Answers what is in the form for rules, of a new one or of that with the key ``pk``; nothing is saved."""

    http_method_names = ["post"]
    model = ResolutionRule
    permission_policy: Any = None
    form_class: Any = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.permission_required = "change" if "pk" in kwargs else "add"
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, pk: int | None = None) -> JsonResponse:
        """``say`` is the count, or what is wrong with the condition, in words; ``pictures`` is HTML."""
        rule = get_object_or_404(ResolutionRule, pk=pk) if pk else ResolutionRule()
        data = request.POST.copy()
        # Nobody has to think of a name before they may see what the rule would do.
        data["name"] = data.get("name") or "…"
        form = self.form_class(data, instance=rule, for_user=request.user)
        if not form.is_valid():
            return JsonResponse({"say": " ".join(_wrong(form)), "pictures": "", "wrong": True})
        reach, number = _reach(form.instance)
        images = self._samples(reach, number)
        mine = changeable(request.user).filter(pk__in=[image.pk for image in images])
        shown = {"images": images, "changeable": set(mine.values_list("pk", flat=True)) if images else set()}
        pictures = render_to_string("wagtail_restore/rules/samples.html", shown, request) if images else ""
        return JsonResponse({"say": touched(rule, reach.counts[number]), "pictures": pictures, "wrong": False})

    def _samples(self, reach: Reach, number: int) -> list[Any]:
        if not reach.counts[number]:
            return []
        images: Any = reach.images(number, seen_by(self.request.user)).order_by("-created_at", "-pk")
        return list(images.prefetch_renditions(PREVIEW)[:SAMPLES])


def touched(rule: ResolutionRule, count: int) -> str:
    """How many images the rule touches, as a sentence."""
    if not count:
        return _("No image is touched by this rule now.")
    if rule.action == ACTIONS.REFUSE:
        words = ngettext(
            "%(count)s image that is in the library would be refused.",
            "%(count)s images that are in the library would be refused.",
            count,
        )
    elif rule.applies_to == APPLIES.UPLOADS:
        words = ngettext(
            "%(count)s image that is in the library would be touched if it were uploaded now.",
            "%(count)s images that are in the library would be touched if they were uploaded now.",
            count,
        )
    else:
        words = ngettext(
            "%(count)s image is touched by this rule now.", "%(count)s images are touched by this rule now.", count
        )
    return words % {"count": count}


def _reach(rule: ResolutionRule) -> tuple[Reach, int]:
    """The rules as they would be with this one, and its number among them."""
    rules = [other for other in ordered() if other.active and other.pk != rule.pk]
    number = sum((other.sort_order, other.pk) < (rule.sort_order, rule.pk or 0) for other in rules)
    rules.insert(number, rule)
    return Reach(rules), number


def _wrong(form: Any) -> Iterator[str]:
    """What is wrong first with each field, after its name."""
    for name, errors in form.errors.items():
        label = capfirst(str(form.fields[name].label)) if name in form.fields else ""
        yield f"{label}: {errors[0]}" if label else str(errors[0])
