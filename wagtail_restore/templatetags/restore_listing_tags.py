"""Adds to a template that is included by name what recursive extension adds to one that has blocks."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.template.base import FilterExpression, Node, Parser, Token

register = template.Library()

SKIPPED = "restore_skipped"


class Underneath(Node):
    """Renders the template of this name that would be found if the one in which this stands were not there."""

    def __init__(self, name: FilterExpression, origin: Any) -> None:
        self.name, self.own = name, origin

    def render(self, context: Context) -> Any:
        skipped: list[Any] = [*(context.get(SKIPPED) or ()), self.own]
        found, _origin = context.template.engine.find_template(self.name.resolve(context), skip=skipped)  # type: ignore[union-attr]
        with context.push(**{SKIPPED: skipped}):
            return found.render(context)


@register.tag
def restore_underneath(parser: Parser, token: Token) -> Underneath:
    """``{% restore_underneath "some/template.html" %}``, in a template of that very name."""
    _tag, name = token.split_contents()
    return Underneath(parser.compile_filter(name), parser.origin)
