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
        self.found: dict[Any, Any] = {}
        """Looked for once, for a listing has many rows; an engine that forgets templates forgets this node, too."""

    def render(self, context: Context) -> Any:
        skipped = (*(context.get(SKIPPED) or ()), self.own)
        key = self.name.resolve(context), *(str(each) for each in skipped)
        if key not in self.found:
            engine: Any = context.template.engine  # type: ignore[union-attr]
            self.found[key] = engine.find_template(key[0], skip=list(skipped))[0]
        with context.push(**{SKIPPED: skipped}):
            return self.found[key].render(context)


@register.tag
def restore_underneath(parser: Parser, token: Token) -> Underneath:
    """``{% restore_underneath "some/template.html" %}``, in a template of that very name."""
    _tag, name = token.split_contents()
    return Underneath(parser.compile_filter(name), parser.origin)
