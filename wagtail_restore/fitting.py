"""Which Facts a rule would do something with, in SQL, as ``imaging.planning`` and ``backfill`` decide it of one."""

from __future__ import annotations

import math
from functools import reduce
from operator import or_

from django.db.models import OuterRef, Q

from wagtail_restore.conf import conf
from wagtail_restore.imaging.header import MAX_SIDE
from wagtail_restore.imaging.planning import Condition
from wagtail_restore.models import State


def measured() -> Q:
    """Facts of files that could be read."""
    return Q(problem="", width__gt=0, height__gt=0)


def workable() -> Q:
    """Of those, the ones that a Step can work on: no drawings, no animations, none larger than is opened."""
    return Q(pixels__lte=conf.max_pixels) & ~Q(format="SVG") & (Q(frames__lte=1) | Q(format="MPO"))


def too_small(condition: Condition) -> Q:
    """As ``Condition.fails``; nothing is too small for a condition that asks for nothing."""
    below = []
    if condition.min_width is not None:
        below.append(Q(width__lt=condition.min_width))
    if condition.min_height is not None:
        below.append(Q(height__lt=condition.min_height))
    if condition.min_megapixels is not None:
        below.append(Q(pixels__lt=math.ceil(condition.min_megapixels * 1_000_000)))
    return reduce(or_, below) if below else Q(pk=None)


def growing() -> Q:
    """Whether site and format allow a larger picture at all."""
    full = Q(pixels__gte=conf.max_pixels)
    for name, most in MAX_SIDE.items():
        full |= Q(format=name) & (Q(width__gte=most) | Q(height__gte=most))
    return ~full


def declined(sha1: str) -> Q:
    """Jobs by which a person said no to what came of the file with this hash, a column of the row outside.

    Who takes back what was painted has said nothing of what a rule would do; what is painted is the first Step.
    """
    return Q(state__in=State.said_no(), source_hash=OuterRef(sha1)) & ~Q(plan__steps__0__params__has_key="mask")
