"""Engines stay loaded within a budget, and what is missing is named with its remedy."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from tests.engines.doubles import Doubler, Waiting, model, pool
from wagtail_restore.catalogue import Model, shipped
from wagtail_restore.engines.base import Mix
from wagtail_restore.engines.pool import Pool
from wagtail_restore.exceptions import ExtraMissing, SetupError, UnknownModel

A, B, C = (model(alias, "Doubler", scale=2) for alias in "abc")


def test_an_engine_is_loaded_once() -> None:
    engines = pool(A)
    assert engines.get("a") is engines.get("a")
    assert engines.loaded == ("a",)


def test_the_same_model_on_another_device_is_another_engine() -> None:
    engines = pool(A, device="cuda")
    assert engines.get("a").device == "cuda"
    assert engines.get("a", device="cpu").device == "cpu"


def test_over_the_budget_the_least_recently_used_goes() -> None:
    engines = pool(A, B, C, budget_bytes=200)
    engines.get("a")
    engines.get("b")
    engines.get("a")
    engines.get("c")
    assert engines.loaded == ("a", "c")
    assert engines.size == 200


def test_one_engine_alone_may_be_over_the_budget() -> None:
    engines = pool(A, budget_bytes=1)
    assert engines.get("a").size == 100
    assert engines.loaded == ("a",)


def test_without_a_budget_all_stay() -> None:
    engines = pool(A, B, C)
    for alias in "abc":
        engines.get(alias)
    assert engines.loaded == ("a", "b", "c")


def test_only_lets_the_others_go() -> None:
    engines = pool(A, B)
    kept = engines.get("a")
    engines.get("b")
    assert engines.only(kept)
    assert engines.loaded == ("a",)
    assert not engines.only(kept)


PARTED = model("parted", "Doubler", scale=2, partner="a")


def test_engines_of_different_mixes_are_different_engines() -> None:
    engines = pool(A, PARTED)
    plain, half = engines.get("parted"), engines.get("parted", mix=0.5)
    assert plain is not half
    assert engines.get("parted", mix=0.501) is half, "in steps of a hundredth"
    assert plain.mix is None
    assert half.mix == Mix(A, 0.5)
    assert engines.loaded == ("parted", "parted")


@pytest.mark.parametrize(("alias", "mix"), [("parted", None), ("parted", 1.0), ("parted", 7.0), ("a", 0.5)])
def test_the_whole_share_or_no_partner_is_the_model_itself(alias: str, mix: float | None) -> None:
    engines = pool(A, PARTED)
    assert engines.get(alias, mix=mix) is engines.get(alias)
    assert engines.get(alias).mix is None


def test_a_share_below_nought_is_nought() -> None:
    assert pool(A, PARTED).get("parted", mix=-1).mix == Mix(A, 0.0)


def test_only_a_few_mixes_stay() -> None:
    engines = pool(A, PARTED)
    engines.get("parted")
    first = engines.get("parted", mix=0.1)
    for mix in (0.2, 0.3, 0.4, 0.5):
        engines.get("parted", mix=mix)
    assert engines.loaded == ("parted",) * 5
    assert engines.get("parted", mix=0.1) is not first


def test_a_partner_that_nobody_knows_is_named() -> None:
    with pytest.raises(UnknownModel) as caught:
        pool(PARTED).get("parted", mix=0.5)
    assert caught.value.params == {"model": "a", "known": ["parted"]}


def test_close_unloads_everything() -> None:
    engines = pool(A, B)
    engines.get("a")
    engines.close()
    assert engines.loaded == ()


def test_threads_share_one_engine() -> None:
    engines = pool(A)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(engines.get("a"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({id(engine) for engine in found}) == 1
    assert isinstance(found[0], Doubler)


def test_what_is_loaded_can_be_told_while_another_loads() -> None:
    engines = pool(A, model("slow", "Waiting", scale=2))
    engines.get("a")
    Waiting.go.clear()
    loading = threading.Thread(target=engines.get, args=("slow",))
    loading.start()
    assert Waiting.begun.wait(10)
    told: list[object] = []
    asking = threading.Thread(target=lambda: told.extend([engines.loaded, engines.devices, engines.size]))
    asking.start()
    asking.join(10)
    Waiting.go.set()
    loading.join(10)
    assert told == [("a",), ("cpu",), 100]
    assert engines.loaded == ("a", "slow")


def test_an_unknown_model_is_named_with_those_known() -> None:
    with pytest.raises(UnknownModel) as caught:
        pool(A, B).get("zebra")
    assert caught.value.params == {"model": "zebra", "known": ["a", "b"]}


def test_a_missing_extra_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spandrel", None)
    monkeypatch.delitem(sys.modules, "wagtail_restore.engines.upscale", raising=False)
    with pytest.raises(ExtraMissing) as caught:
        Pool(shipped(), "cpu").get("compact-x4")
    assert caught.value.params["command"] == "pip install 'wagtail-restore[worker]'"


@pytest.mark.parametrize("engine", ["nowhere.at.all.Engine", "tests.engines.doubles.Nothing", "plain", "json.dumps"])
def test_a_dotted_path_that_leads_nowhere_is_a_setup_error(engine: str) -> None:
    broken = Model("broken", "upscale", engine)
    with pytest.raises(SetupError) as caught:
        Pool({"broken": broken}).get("broken")
    assert caught.value.params["engine"] == engine


def test_the_machinery_runs_without_torch() -> None:
    code = (
        "import sys; sys.modules['torch'] = sys.modules['spandrel'] = None\n"
        "from wagtail_restore.engines import runner, weights\n"
        "from wagtail_restore.engines.pool import Pool\n"
        "from wagtail_restore.catalogue import shipped\n"
        "print(Pool(shipped(), 'auto').get('resample').device)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "cpu", done.stderr
