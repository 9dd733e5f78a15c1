"""How sure a detector must be, in words."""

from __future__ import annotations

import pytest

from wagtail_restore.imaging.care import Care


@pytest.mark.parametrize(("word", "least"), [("ask", 2.0), ("careful", 0.8), ("normal", 0.65), ("eager", 0.4)])
def test_each_word_stands_for_a_confidence(word: str, least: float) -> None:
    care = Care({"date": word})
    assert (care.least("date", 0.65), care.least("watermark", 0.65)) == (least, 0.65)


def test_a_word_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no sensitivity 'bold', only ask, careful, normal, eager"):
        Care({"date": "bold"})
