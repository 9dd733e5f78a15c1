"""What the catalogue says of each upscaler, once more where translators find it."""

from __future__ import annotations

from django.utils.translation import gettext_noop

SUMMARIES = frozenset(
    (
        gettext_noop("Small and quick, for photographs that need to be up to twice as wide; mild on JPEG damage."),
        gettext_noop("Small and quick, for small photographs; mild on JPEG damage, invents no detail."),
        gettext_noop("Small and quick, for photographs that were never saved with loss; takes JPEG damage for detail."),
        gettext_noop(
            "Sharp photographs out of small and damaged ones; slow without a GPU, makes skin and leaves look "
            "painted, and may invent texture."
        ),
        gettext_noop(
            "As realesrgan-x4plus at a quarter of the time, for pictures that need to be up to twice as wide; "
            "the same painted look where there is much texture."
        ),
        gettext_noop(
            "Cleans damaged photographs and enlarges them without inventing anything; smooth, and slow without a GPU."
        ),
        gettext_noop(
            "The quickest that makes photographs crisp, on a CPU too; smooths skin and grass, which its partner "
            "can hold back, and bends small letters."
        ),
        gettext_noop("The partner of realesr-general-x4v3: keeps grain and noise, also where they are not wanted."),
        gettext_noop(
            "The finest texture in fabric and foliage of these; very slow without a GPU, stipples smooth ground, "
            "and may invent."
        ),
        gettext_noop(
            "The best of these for photographs with fine structure; the slowest, for a GPU only, and may invent."
        ),
        gettext_noop(
            "Small and quick, for drawings, diagrams and pictures of a screen; takes most of the ripples of JPEG away."
        ),
        gettext_noop(
            "Drawings and comics up to twice as wide with clean lines that stay where they were; turns "
            "photographs into paintings."
        ),
        gettext_noop(
            "Drawings, comics and posters with firm lines and even colours; wrong for photographs, and drops the "
            "grain of paper."
        ),
        gettext_noop(
            "The quickest for drawings and screenshots, on a CPU too; thins hatching and makes photographs flat."
        ),
        gettext_noop("Lanczos resampling: no network, no new detail; the honest baseline."),
    )
)
"""The texts as they stand in ``catalogue.toml``."""
