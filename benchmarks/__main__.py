"""``python -m benchmarks NAME [--json]``: one benchmark, or all of them where no name is given."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks import upscale

BENCHMARKS: Mapping[str, Callable[[], dict[str, Any]]] = {"upscale": upscale.measure}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), help="which one (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args()
    results = {name: BENCHMARKS[name]() for name in ([given.name] if given.name else BENCHMARKS)}
    if given.json:
        print(json.dumps(results[given.name] if given.name else results))
        return
    for name, result in results.items():
        print(name)
        for row in result["rows"]:
            print("  " + "  ".join(f"{key} {value}" for key, value in row.items()))
        print("  headline: " + ", ".join(f"{key} {value}" for key, value in result["headline"].items()))


main()
