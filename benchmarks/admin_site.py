"""Run as a process of its own, told by its environment which site it is: it answers visits, one line of JSON each."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


def main() -> None:
    lines, sys.stdout = _lines(), sys.stderr
    import django

    django.setup()
    with_plugin = os.environ.get("RESTORE_BENCH_WITH") == "1"
    browser = _built(with_plugin)
    from benchmarks.admin_visits import visits

    known = visits(browser, with_plugin)
    # what stays for good is not looked through again before every visit
    gc.collect()
    gc.freeze()
    _tell(lines, {"visits": list(known)})
    for line in sys.stdin:
        wanted = json.loads(line)
        _tell(lines, _visit(known[wanted["visit"]], wanted["number"], wanted["count"], wanted["depth"]))


def _built(with_plugin: bool) -> Any:
    """The library made, or, over a copy of one without us, what the plugin adds; and a browser that is logged in.

    Where an earlier process has made it, there is nothing but the browser to make.
    """
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from benchmarks import admin_library

    browser = Client()
    if os.environ.get("RESTORE_BENCH_MADE") == "1":
        browser.force_login(get_user_model().objects.get())
        return browser
    call_command("migrate", verbosity=0)
    if with_plugin:
        admin_library.restore_much()
    else:
        admin_library.fill(int(os.environ["RESTORE_BENCH_IMAGES"]))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if with_plugin else "PRAGMA wal_checkpoint(TRUNCATE)")
    if not with_plugin:
        connection.close()
        _wait_for_copy()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    browser.force_login(get_user_model().objects.get())
    return browser


def _wait_for_copy() -> None:
    _tell(sys.__stdout__, {"built": True})
    sys.stdin.readline()


def _visit(visit: Any, number: int, count: bool, depth: int) -> dict[str, Any]:
    """Seconds, or with ``count`` the statements instead, for counting takes time itself.

    It is asked for from so many calls deep: CPython keeps the frames of calls in pieces of 16 KB, and whatever is
    called again and again just beyond the end of one is slower. Where the ends lie differs from server to server.
    """
    visit.before()
    statements: list[str] = []
    gc.collect()
    if count:
        with _written_down(statements):
            answer = _asked(visit, number, depth)
        told: dict[str, Any] = {"queries": statements}
    else:
        began = time.perf_counter()
        answer = _asked(visit, number, depth)
        told = {"seconds": time.perf_counter() - began}
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.request['PATH_INFO']} answered {answer.status_code}")
    visit.after()
    return told


def _asked(visit: Any, number: int, depth: int) -> Any:
    return _asked(visit, number, depth - 1) if depth else visit.ask(number)


@contextmanager
def _written_down(statements: list[str]) -> Iterator[None]:
    """With placeholders, so that the same question about another row reads the same."""
    from django.db import connection

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # a savepoint is named for its thread, which says nothing
        statements.append(sql.partition(' "')[0] if "SAVEPOINT" in sql else sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield


def _lines() -> TextIO:
    assert sys.__stdout__ is not None
    return sys.__stdout__


def _tell(lines: TextIO | None, told: dict[str, Any]) -> None:
    assert lines is not None
    lines.write(json.dumps(told) + "\n")
    lines.flush()


if __name__ == "__main__":
    main()
