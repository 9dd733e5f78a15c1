"""The list of rules: how many images each touches now, what waits by it, and the order, which is changed in it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BaseColumn
from wagtail.admin.viewsets.model import ModelViewSet

from wagtail_restore.admin.report_table import ASIDE
from wagtail_restore.admin.reports import VIEW
from wagtail_restore.models import Job, ResolutionRule, State
from wagtail_restore.touched import Reach

ACTIONS, APPLIES = ResolutionRule.Actions, ResolutionRule.AppliesTo


def ordered() -> QuerySet[ResolutionRule]:
    """All rules in the order in which they are looked at, with what they speak of."""
    return ResolutionRule.objects.select_related("collection", "template__collection").order_by("sort_order", "pk")


def touches(rule: ResolutionRule, count: int) -> str:
    """How many images the rule touches, in words that are short enough for a list."""
    if not count:
        return gettext("No image")
    if rule.action == ACTIONS.REFUSE:
        return ngettext("%(count)s would be refused", "%(count)s would be refused", count) % {"count": count}
    if rule.applies_to == APPLIES.UPLOADS:
        return ngettext("%(count)s if uploaded now", "%(count)s if uploaded now", count) % {"count": count}
    return ngettext("%(count)s image", "%(count)s images", count) % {"count": count}


class TouchesColumn(BaseColumn):
    """How many images an active rule touches now, and how many Jobs by it are waiting or running."""

    cell_template_name = "wagtail_restore/rules/touches_cell.html"

    def __init__(self, reports: bool) -> None:
        super().__init__("touches", label=_("Touches now"), classname=f"restore-touches {ASIDE}")
        self.reports = reports

    @cached_property
    def counts(self) -> dict[int, int]:
        """The images of each active rule, by its key."""
        rules = [rule for rule in ordered() if rule.active]
        return {rule.pk: count for rule, count in zip(rules, Reach(rules).counts, strict=True)}

    @cached_property
    def jobs(self) -> dict[int, Counter[str]]:
        """The Jobs by each rule that are not done, by the key of the rule and their state."""
        rows = Job.objects.filter(state__in=(State.WAITING, State.RUNNING), rule__isnull=False).order_by()
        found: dict[int, Counter[str]] = {}
        for row in rows.values("rule", "state").annotate(count=Count("pk")):
            found.setdefault(row["rule"], Counter())[row["state"]] = row["count"]
        return found

    def get_cell_context_data(self, instance: ResolutionRule, parent_context: Any) -> dict[str, Any]:
        """Also the numbers, in words, and where the Jobs are listed for whoever may see them."""
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        going = self.jobs.get(instance.pk, Counter())
        words = [
            gettext("%(count)s waiting") % {"count": going[State.WAITING]} if going[State.WAITING] else "",
            gettext("%(count)s in work") % {"count": going[State.RUNNING]} if going[State.RUNNING] else "",
        ]
        if instance.active:
            context["touches"] = touches(instance, self.counts.get(instance.pk, 0))
        context["going"] = ", ".join(filter(None, words))
        if self.reports:
            states = f"state={State.WAITING}&state={State.RUNNING}"
            context["jobs_url"] = f"{reverse('wagtail_restore:report')}?rule={instance.pk}&{states}"
        return context


class RuleIndexView(ModelViewSet.index_view_class):
    """The list of rules, with the collection of each fetched along."""

    def get_base_queryset(self) -> QuerySet[ResolutionRule]:
        rules: QuerySet[ResolutionRule] = super().get_base_queryset()
        return rules.select_related("collection", "template__collection")

    def order_queryset(self, queryset: Any) -> Any:
        """Rules with the same number, as code may make them, stand as they are looked at."""
        if self.show_ordering_column:
            return queryset.order_by("sort_order", "pk")
        return super().order_queryset(queryset)

    @cached_property
    def columns(self) -> list[Any]:
        columns: list[Any] = super().columns
        if self.is_export:
            return columns
        return [*columns[:-2], TouchesColumn(self.request.user.has_perm(VIEW)), *columns[-2:]]


class RuleReorderView(ModelViewSet.reorder_view_class):
    """Moves a rule in the order; first gives each a number of its own, where code has made some with the same."""

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            for number, rule in enumerate(ResolutionRule.objects.order_by("sort_order", "pk").only("sort_order")):
                if rule.sort_order != number:
                    ResolutionRule.objects.filter(pk=rule.pk).update(sort_order=number)
            return super().post(request, *args, **kwargs)
