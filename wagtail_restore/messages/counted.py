"""Sentences that depend on their numbers: which rules ask for it, how many marks were found, how much text went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def refused(params: Mapping[str, Any]) -> str:
    """Which rule refuses a file, with the numbers: what it has and what it needs."""
    size = _("%(width)s × %(height)s pixels; ") % params
    rule = _("the rule “%(rule)s” needs at least %(needs)s.") % {"rule": params.get("rule"), "needs": _needs(params)}
    return " ".join(part for part in (size + rule, params.get("message", "")) if part)


def by_rule(params: Mapping[str, Any]) -> str:
    """Which rule asked for a step."""
    return _("Asked for by the rule “%(rule)s”.") % params


def review_by_rule(params: Mapping[str, Any]) -> str:
    """Which rules want somebody to look at what was made."""
    names = [_("“%(name)s”") % {"name": name} for name in params["rules"]]
    text = ngettext(
        "Somebody should look at this before it is published: the rule %(rules)s asks for it.",
        "Somebody should look at this before it is published: the rules %(rules)s ask for it.",
        len(names),
    )
    return text % {"rules": get_text_list(names, _("and"))}


def unsure(params: Mapping[str, Any]) -> str:
    """How many marks wait for a decision."""
    count = params.get("count", 1)
    return ngettext(
        "One mark was found, but not surely enough to erase it unasked. Look at it and decide.",
        "%(count)s marks were found, but not surely enough to erase them unasked. Look at them and decide.",
        count,
    ) % {"count": count}


def much_text(params: Mapping[str, Any]) -> str:
    """How much text was erased, and what may be wrong with that."""
    count = params.get("count", 1)
    text = ngettext(
        "One piece of text was erased, %(percent)s%% of the picture. It may belong to what is shown. Compare the two.",
        "%(count)s pieces of text were erased, %(percent)s%% of the picture. They may belong to what is shown, like "
        "the lines of a page. Compare the two.",
        count,
    )
    return text % {"count": count, "percent": params.get("percent", 1)}


COUNTED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "refused": refused,
    "rule": by_rule,
    "review_by_rule": review_by_rule,
    "unsure": unsure,
    "much_text": much_text,
}
"""What puts the numbers of each code into words."""


def _needs(params: Mapping[str, Any]) -> str:
    width, height = params.get("min_width"), params.get("min_height")
    if width and height:
        return _("%(width)s × %(height)s pixels") % {"width": width, "height": height}
    if width:
        return _("%(width)s pixels wide") % {"width": width}
    if height:
        return _("%(height)s pixels high") % {"height": height}
    return _("%(megapixels)s megapixels") % {"megapixels": params.get("min_megapixels")}
