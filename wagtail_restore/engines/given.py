"""What the options of the command take, and what they refuse."""

from __future__ import annotations

import argparse
import math
import re

from wagtail_restore.imaging.words import FEWEST, too_short, unreadable

KINDS = ("date", "watermark", "text")


def factor(text: str) -> float:
    """A number to enlarge by."""
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no factor to enlarge by")
    return number


def share(text: str) -> float:
    """A number between 0 and 1."""
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def device(text: str) -> str:
    """What a network may run on; whether this machine has it only those know who use it."""
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is none of auto, cpu, cuda, cuda:1, mps")
    return text


def kinds(text: str) -> tuple[str, ...]:
    """Some of ``KINDS``, separated by commas."""
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    unknown = sorted(set(named) - set(KINDS))
    if unknown or not named:
        raise argparse.ArgumentTypeError(f"not among {', '.join(KINDS)}: {', '.join(unknown) or 'nothing'}")
    return named


def line(text: str) -> str:
    """The words of a mark that can be looked for."""
    strange = unreadable(text)
    if strange:
        raise argparse.ArgumentTypeError(f"the reader does not know the signs {strange}: give a picture with --mark")
    if too_short(text):
        raise argparse.ArgumentTypeError(f"{text!r} has fewer than {FEWEST} letters, too few to know a mark by")
    return text
