"""What the plugin was measured to cost editors and visitors, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def section(result: Mapping[str, Any]) -> str:
    """What was measured on, the pages that both sites have, our own pages, and what counts."""
    facts = (
        f"{result['machine']}, {result['date']}. {result['images']:,} images and ten jobs for each, SQLite; the median "
        f"of {result['rounds']} rounds{'' if result['redis'] else ', without a Redis'}."
    )
    both = [row for row in result["rows"] if row["ratio"] is not None]
    ours = [row for row in result["rows"] if row["ratio"] is None]
    compared = _table("| | queries | without | ms | without | ratio |", map(_compared, both))
    own = _table("| page of ours | queries | ms | spread |", map(_own, ours))
    return "\n\n".join([facts, compared, own, _summary(result["headline"])])


def _compared(row: Mapping[str, Any]) -> tuple[Any, ...]:
    times = (f"{row[key]:.1f}" for key in ("milliseconds", "milliseconds_without"))
    return row["page"], row["queries"], row["queries_without"], *times, f"× {row['ratio']:.2f}"


def _own(row: Mapping[str, Any]) -> tuple[Any, ...]:
    path = row["page"].removeprefix("restore: ").partition("?")[0]
    return f"`{path}`", row["queries"], f"{row['milliseconds']:.1f}", f"{row['spread']:.1f}"


def _summary(headline: Mapping[str, Any]) -> str:
    return (
        f"With the plugin an upload takes × {headline['upload_ratio']:.2f} of the time without it, × "
        f"{headline['restored_upload_ratio']:.2f} where a rule has it restored; the image listing × "
        f"{headline['listing_ratio']:.2f}, the edit page × {headline['edit_ratio']:.2f}, a public page × "
        f"{headline['page_render_ratio']:.2f} with {headline['page_render_queries_more']} queries more."
    )


def _table(head: str, rows: Iterable[tuple[Any, ...]]) -> str:
    rule = "|---|" + "---:|" * (head.count("|") - 2)
    return "\n".join([head, rule, *(f"| {' | '.join(map(str, row))} |" for row in rows)])
