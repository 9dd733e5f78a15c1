"""What cleaning up was measured to do, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

FEW = 12
"""So many false alarms are named; of more only their number is told."""


def section(result: Mapping[str, Any]) -> str:
    """What was measured on, what was found and where that fails, how well it was filled, and what counts."""
    photos = result["photos"]
    facts = (
        f"{result['machine']}, torch {result['torch']}, {result['threads']} threads, {result['date']}. "
        f"{len(photos)} photographs, {photos[0]} to {photos[-1]}; fonts {', '.join(result['fonts'])}."
    )
    found = [
        (
            row["kind"],
            row["marks"],
            _share(row["seen"]),
            _share(row["recall"]),
            _share(row["sure"]),
            _share(row["precision"]),
        )
        for row in result["found"]
    ]
    by = [
        (row["kind"], row["what"], row["marks"], _share(row["seen"]), _share(row["recall"]), _share(row["sure"]))
        for row in result["by"]
    ]
    filled = [_filled(row) for row in result["erasers"]]
    return "\n\n".join(
        [
            facts,
            _table("| | marks | seen | recall | surely | precision |", found),
            _table("| | of these | marks | seen | recall | surely |", by),
            _alarms(result),
            _table("| | of | PSNR (dB) | SSIM | GMSD | HaarPSI | s per megapixel | changed outside |", filled),
            _table("| | marks | recall | before (dB) | PSNR (dB) | opacity off by |", map(_known, result["known"])),
            _table("| | marks | recall | surely |", map(_worded, result["words"])),
            _summary(result["headline"]),
            _large(result["headline"]),
        ]
    )


def _filled(row: Mapping[str, Any]) -> tuple[Any, ...]:
    figures = (row["psnr_db"], row["ssim"], row["gmsd"], row["haarpsi"], row["seconds_per_mp"])
    places = (2, 3, 3, 3, 2)
    told = (f"{figure:.{after}f}" for figure, after in zip(figures, places, strict=True))
    return row["eraser"], f"{row['kind']}s", *told, row["outside_changed_pixels"]


def _known(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row about marks whose picture is known."""
    figures = (_figure(row["before_db"], ".1f"), _figure(row["psnr_db"], ".1f"), _figure(row["off"], "+.2f"))
    return f"known, {row['what']}", row["marks"], _share(row["recall"]), *figures


def _worded(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row about marks whose words are known."""
    return f"words, {row['what']}", row["marks"], _share(row["recall"]), _share(row["sure"])


def _figure(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _alarms(result: Mapping[str, Any]) -> str:
    alarms = result["alarms"]
    unasked = [alarm for alarm in alarms if alarm["unasked"]]
    told = (
        f"On the same photographs without a mark, {len(unasked)} found regions would be erased unasked, and "
        f"{len(alarms) - len(unasked)} would be shown to a person."
    )
    if 0 < len(alarms) <= FEW:
        named = (f"{alarm['photo']} {alarm['kind']} “{alarm['text']}” {alarm['confidence']:.2f}" for alarm in alarms)
        told += f" Namely: {'; '.join(named)}."
    return told


def _summary(headline: Mapping[str, Any]) -> str:
    fast = headline["psnr_gain_vs_fsr_db"]
    beside = "" if fast is None else f", against OpenCV's FSR fast {fast:+.2f} dB"
    return (
        f"Found are {_share(headline['date_recall'])} of the dates and {_share(headline['watermark_recall'])} of the "
        f"watermarks, with {headline['false_alarms_per_photo']:.2f} false alarms a photograph. Of dates, with the true "
        f"mask, against Telea the GMSD is × {headline['gmsd_vs_telea']:.2f} and the PSNR "
        f"{headline['psnr_gain_vs_telea_db']:+.2f} dB{beside}; the whole of *Clean up*, which takes glows off, "
        f"comes to × {headline['clean_up_gmsd_vs_telea']:.2f} and {headline['clean_up_gain_vs_telea_db']:+.2f} dB. "
        f"On blobs it is {headline['blob_gain_db']:+.2f} dB against the best that has learnt nothing. "
        f"{headline['outside_changed_pixels']} pixels outside changed. Of marks whose picture is known "
        f"{_share(headline['known_recall'])} are found; what comes out from under them is within "
        f"{_figure(headline['known_psnr_db'], '.1f')} dB of the photograph, with "
        f"{headline['known_false_alarms_per_photo']:.2f} false alarms a photograph. Of marks whose words are known "
        f"{_share(headline['words_recall'])} are found, {_share(headline['words_sure'])} surely, with "
        f"{headline['words_false_alarms_per_photo']:.2f} false alarms a photograph."
    )


def _large(headline: Mapping[str, Any]) -> str:
    if headline["large_seconds"] is None:
        return "Of the photographs of 12 megapixels none was cleaned."
    return (
        f"A photograph of 12 megapixels with one date takes {headline['large_seconds']:.1f} s from file to file (the "
        f"median of {headline['large_cleaned']} that were cleaned, of {headline['large_of']}; the longest took "
        f"{headline['large_slowest']:.1f} s). To fill what RapidOCR boxes by Telea's method and to save it with Pillow "
        f"takes × {headline['large_peer_ratio']:.2f} of that."
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _table(head: str, rows: Iterable[Sequence[Any]]) -> str:
    """``head`` is a row of Markdown; columns of text are those whose heading is empty, ``of`` or ``of these``."""
    names = [name.strip() for name in head.strip("|").split("|")]
    rule = "|".join("---" if name in ("", "of", "of these") else "---:" for name in names)
    return "\n".join([head, f"|{rule}|", *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)])
