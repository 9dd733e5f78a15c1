"""Options of the command that make no sense are refused with a reason, before any picture is opened."""

from __future__ import annotations

import pytest

from wagtail_restore.engines.__main__ import main


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["upscale", "a", "b", "--scale", "-1"], "-1 is no factor to enlarge by"),
        (["upscale", "a", "b", "--strength", "1.5"], "1.5 is not between 0 and 1"),
        (["detect", "a", "--device", "banana"], "'banana' is none of auto, cpu, cuda, cuda:1, mps"),
        (["erase", "a", "b", "--detect", "date", "--device", "cuda:"], "'cuda:' is none of auto, cpu"),
        *(
            (["erase", "a", "b", "--detect", "date", f"--sure={sure}"], f"{sure} is not between 0 and 1")
            for sure in ("nan", "inf", "-0.1", "1.5")
        ),
        (["erase", "a", "b", "--detect", "logos"], "not among date, watermark, text: logos"),
        (["detect", "a", "--words", "© AB"], "'© AB' has fewer than 4 letters, too few to know a mark by"),
        (["detect", "a", "--words", "Новости"], "the reader does not know the signs Новст: give a picture with --mark"),
    ],
)
def test_refused(options: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(options)
    assert told in " ".join(capsys.readouterr().err.split())
