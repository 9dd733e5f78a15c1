"""The page of results, docs/benchmarks.md: of its sections only the one just measured is written anew."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import report_admin, report_erase
from benchmarks.photos import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"


def write(result: Mapping[str, Any], page: Path = PAGE) -> None:
    """Put ``result`` between its marks in ``page``: those of its device, of cleaning up, or of the admin.

    Raises ``ValueError`` where the marks are missing.
    """
    place = result["device"] if result["name"] == "upscale" else result["name"]
    begin, end = f"<!-- {place} -->", f"<!-- /{place} -->"
    text = page.read_text("utf-8")
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{page} has no place marked {begin} … {end}")
    page.write_text(pattern.sub(lambda found: f"{begin}\n{section(result)}\n{end}", text), "utf-8")


def section(result: Mapping[str, Any]) -> str:
    """``result`` in Markdown: what was measured on, the tables, and what counts."""
    sections = {"upscale": _enlarging, "erase": report_erase.section, "admin": report_admin.section}
    return sections[result["name"]](result)


def _enlarging(result: Mapping[str, Any]) -> str:
    facts = (
        f"{result['machine']}, torch {result['torch']}, {result['threads']} threads, {result['date']}. "
        f"Weights {result['weights']} (×{result['scale']}); {result['rounds']} rounds over "
        f"{', '.join(result['photos'])}."
    )
    head = "| | precision | s per megapixel | spread | CPU s | time against ours | alike (dB) | memory (MiB) |"
    rows = [_line(row) for row in result["rows"]]
    left_out = [f"{name} is not in the table: {why}." for name, why in result["missing"].items()]
    table = "\n".join([head, "|---|---|---:|---:|---:|---:|---:|---:|", *rows])
    return "\n\n".join([facts, table, *left_out, _summary(result)])


def _line(row: Mapping[str, Any]) -> str:
    cells = [
        row["peer"],
        row["precision"],
        *(f"{row[key]:.3f}" for key in ("seconds_per_mp", "spread", "cpu_seconds_per_mp")),
        f"× {row['times_ours']:.2f}",
        f"{row['psnr_db']:.1f}",
        f"{row['peak_extra_mib']:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _summary(result: Mapping[str, Any]) -> str:
    headline = result["headline"]
    share = f"{headline['fraction_of_peak']:.0%} of {result['peak_flops'] / 1e12:.2f} TFLOP/s"
    if headline["ratio_vs_realesrganer"] is None:
        return f"Against RealESRGANer: not measured. Our whole run does the network's work at {share}."
    return (
        f"RealESRGANer takes {headline['ratio_vs_realesrganer']:.2f} times as long for a result that is within "
        f"{headline['psnr_vs_realesrganer_db']:.1f} dB of ours. Our whole run does the network's work at {share}."
    )
