"""``python -m benchmarks [NAME] [--json] [--write]``: one benchmark, or all of them where no name is given."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import admin, erase, report, upscale
from wagtail_restore.engines.told import error_in_words
from wagtail_restore.exceptions import RestoreError

BENCHMARKS: Mapping[str, Callable[[upscale.Options], dict[str, Any]]] = {
    "upscale": upscale.measure,
    "erase": erase.measure,
    "admin": admin.measure,
}


def main() -> None:
    given = _arguments()
    options = upscale.Options(given.weights, given.photos, given.device, given.rounds, given.photos_limit, given.images)
    try:
        results = {name: BENCHMARKS[name](options) for name in ([given.name] if given.name else BENCHMARKS)}
    except RestoreError as error:
        raise SystemExit(f"not measured: {error_in_words(error)}") from error
    if given.write:
        for result in results.values():
            report.write(result)
    if given.json:
        print(json.dumps(results[given.name] if given.name else results, ensure_ascii=False))
        return
    for name, result in results.items():
        print(f"{name}\n\n{report.section(result)}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), help="which one (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--write", action="store_true", help="put the result into docs/benchmarks.md")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="weights that all peers load")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:1 (cpu)")
    parser.add_argument("--photos", type=Path, metavar="DIR", help="a folder of photographs")
    parser.add_argument(
        "--rounds", type=_count, default=5, help="how often every photograph is enlarged, every page opened (5)"
    )
    parser.add_argument("--photos-limit", type=_count, metavar="N", help="clean up no more photographs than this")
    parser.add_argument("--images", type=_count, default=10_000, help="in the library of the admin (10000)")
    return parser.parse_args()


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return count


if __name__ == "__main__":
    main()
