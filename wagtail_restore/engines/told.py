"""What the command says: progress, the report and errors in words, for a person at a terminal."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any

from wagtail_restore.exceptions import RestoreError

NEXT = {
    "weights_missing": "get them with `manage.py restore_models pull {model}`, and say with --folder where they are",
    "not_faithful": "say --creative if it may",
    "extra_missing": "{command}",
    "mask_misfit": "give a mask of the size that the picture has when it is upright",
    "no_device": "say --device cpu, or leave it out",
    "nothing_left": "leave some of it unmarked",
    "out_of_memory": "try --device cpu, or a smaller --scale",
}
"""What to do about an error, by its code."""


class Progress:
    """Progress on standard error: one line that changes on a terminal, one line for each tenth elsewhere."""

    def __init__(self) -> None:
        self._tenth = -1

    def __call__(self, fraction: float, doing: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{doing} {fraction:4.0%}" + ("\n" if fraction >= 1.0 else ""))
        elif int(fraction * 10) > self._tenth:
            self._tenth = int(fraction * 10)
            sys.stderr.write(f"{doing} {fraction:.0%}\n")
        sys.stderr.flush()


def remark(words: str) -> None:
    """A line on standard error."""
    sys.stderr.write(words + "\n")


def say(words: str) -> None:
    """Lines on standard output; what it has no signs for is escaped. Raises ``OSError``."""
    if sys.stdout is None:
        return
    encoding = sys.stdout.encoding or "ascii"
    try:
        sys.stdout.write(words.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        sys.stdout.flush()
    except OSError as error:
        # What could not be written stays in the buffer, and Python would try again, and fail, when it ends.
        with suppress(OSError, ValueError), open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())
        raise OSError(error.errno, f"the report could not be written: {error.strerror}", "standard output") from error


def error_in_words(error: RestoreError) -> str:
    """What the class of the error says of itself, the particulars, and what to do."""
    sentence = (type(error).__doc__ or error.code).partition("\n")[0].partition(" (param")[0].rstrip(".")
    particulars = ", ".join(f"{name} {value}" for name, value in error.params.items())
    words = f"{sentence}: {particulars}" if particulars else f"{sentence}."
    remedy = NEXT.get(error.code)
    return f"{words}\n{remedy.format(**error.params)}" if remedy else words


def report_in_words(report: Any) -> str:
    """A line on what became of the picture, or one for each region that was found."""
    if isinstance(report, list):
        rows = [f"{r['kind']:<10} {r['confidence']:.2f}  {r['box']}  {r['text']}" for r in report]
        return "\n".join(rows) or "nothing found"
    if report["outcome"] == "kept":
        return f"{report['out']}: kept as it was ({report['why'].replace('_', ' ')})"
    if report["outcome"] == "unsure":
        found = ", ".join(f"{r['kind']} {r['text']!r} ({r['confidence']:.2f})" for r in report["unsure"])
        return f"{report['out']}: kept as it was; not sure of {found}"
    width, height = report["to"]
    return f"{report['out']}: {width} × {height}, {report['seconds']:.1f} s on {report['device']}"
