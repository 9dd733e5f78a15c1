"""Every odd picture file through a real Job: its end state, and the original untouched unless it was published."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from tests.old_library import content, plant
from wagtail_restore import messages, restore, worker
from wagtail_restore.models import ImageFacts, Job

pytestmark = pytest.mark.django_db

LIMIT = 3_000_000
"""Pixels that the site opens; so low that the suite stays quick."""

EXPECTED: dict[str, tuple[str, str, tuple[int, int], list[str]]] = {
    "anim_gif_photo.gif": ("skipped", "animated", (0, 0), []),
    "anim_gif_sharp.gif": ("skipped", "animated", (0, 0), []),
    "anim_webp.webp": ("skipped", "animated", (0, 0), []),
    "apng_dispose.png": ("skipped", "animated", (0, 0), []),
    "avif_10bit_hdr_p3.avif": ("skipped", "too_large", (0, 0), []),
    "avif_8bit.avif": ("published", "published", (1698, 1135), []),
    "avif_animated_or_alpha.avif": ("published", "published", (269, 538), []),
    "big_13000x13000_gray.png": ("skipped", "too_large", (0, 0), []),
    "bomb_20000x20000_rgb.png": ("skipped", "too_large", (0, 0), []),
    "bomb_30000x30000_1bit.png": ("skipped", "too_large", (0, 0), []),
    "bomb_header_only_65535.png": ("skipped", "too_large", (0, 0), []),
    "cmyk_no_profile.jpg": ("published", "published", (525, 350), ["cmyk_converted", "profile_missing"]),
    "cmyk_pillow.jpg": ("review", "not_faithful_enough", (105, 105), ["cmyk_converted", "profile_missing"]),
    "cmyk_swop.jpg": ("published", "published", (525, 350), ["cmyk_converted"]),
    "corrupt_idat.png": ("skipped", "unreadable", (0, 0), []),
    "exif_gps_empty.jpg": ("skipped", "too_large", (0, 0), []),
    "exif_gps_jpeg.jpg": ("published", "published", (158, 109), []),
    "exif_gps_orient6_to_rename.jpg": ("published", "published", (605, 605), []),
    "exif_orientation6_faces.jpg": ("published", "published", (882, 735), []),
    "exif_orientation_landscape_1.jpg": ("published", "published", (1890, 1260), []),
    "exif_orientation_landscape_2.jpg": ("published", "published", (1890, 1260), []),
    "exif_orientation_landscape_3.jpg": ("published", "published", (1890, 1260), []),
    "exif_orientation_landscape_4.jpg": ("published", "published", (1890, 1260), []),
    "exif_orientation_landscape_5.jpg": ("published", "published", (1890, 1260), []),
    "exif_orientation_landscape_6.jpg": ("published", "published", (1890, 1260), []),
    "exif_orientation_landscape_7.jpg": ("published", "published", (1890, 1260), []),
    "exif_orientation_landscape_8.jpg": ("published", "published", (1890, 1260), []),
    "exif_orientation_portrait_1.jpg": ("published", "published", (1260, 1890), []),
    "exif_orientation_portrait_3.jpg": ("published", "published", (1260, 1890), []),
    "exif_orientation_portrait_6.jpg": ("published", "published", (1260, 1890), []),
    "exif_orientation_portrait_8.jpg": ("published", "published", (1260, 1890), []),
    "gif_bomb_screen.gif": ("skipped", "too_large", (0, 0), []),
    "gray.jpg": ("published", "published", (605, 605), []),
    "grey16_alpha.png": ("published", "published", (115, 102), []),
    "grey_alpha_la.png": ("published", "published", (420, 315), []),
    "heic_iphone.heic": ("skipped", "too_large", (0, 0), []),
    "html_named.jpg": ("skipped", "unreadable", (0, 0), []),
    "icc_adobergb_photo.jpg": ("published", "published", (605, 605), []),
    "icc_adobergb_photo.png": ("published", "published", (605, 605), []),
    "icc_display_p3_8x8.png": ("published", "published", (9, 9), []),
    "icc_garbage.jpg": ("published", "published", (605, 605), ["profile_dropped"]),
    "icc_p3_photo.jpg": ("published", "published", (605, 605), []),
    "icc_p3_photo.png": ("published", "published", (605, 605), []),
    "icc_prophoto_1x1.png": ("published", "published", (2, 2), []),
    "jpeg_trailing_zip.jpg": ("published", "published", (605, 605), []),
    "jxl_8bit.jxl": ("skipped", "unsupported_format", (0, 0), []),
    "la_gradient_alpha.png": ("published", "published", (605, 605), []),
    "mode1_bilevel.png": ("review", "not_faithful_enough", (605, 605), ["bilevel_expanded"]),
    "mpo_frozenpond.mpo": ("published", "published", (672, 504), ["mpo_first_frame"]),
    "multipage.tiff": ("skipped", "animated", (0, 0), []),
    "palette_transparency.png": ("published", "published", (605, 605), ["palette_expanded"]),
    "pdf_named.jpg": ("skipped", "unreadable", (0, 0), []),
    "photo.bmp": ("published", "published", (605, 605), ["metadata_unsupported"]),
    "photo_lzw.tiff": ("published", "published", (605, 605), []),
    "png16_gray_photo.png": ("published", "published", (605, 605), []),
    "png16_rgb_photo.png": ("published", "published", (605, 605), []),
    "png16_rgba_tree.png": ("published", "published", (360, 270), []),
    "progressive.jpg": ("published", "published", (605, 605), []),
    "rgba_soft_alpha.png": ("published", "published", (605, 605), []),
    "svg_named.png": ("skipped", "vector", (0, 0), []),
    "svg_plain.svg": ("skipped", "vector", (0, 0), []),
    "svg_script.svg": ("skipped", "unreadable", (0, 0), []),
    "tall_3x4000.jpg": ("published", "published", (4, 5334), []),
    "text_named.png": ("skipped", "unreadable", (0, 0), []),
    "tiff_adobergb_exif.tiff": ("published", "published", (333, 222), []),
    "tiff_cielab.tiff": ("published", "published", (420, 280), ["lab_converted", "depth_reduced"]),
    "tiny_1x1.png": ("published", "published", (2, 2), []),
    "truncated_half.jpg": ("skipped", "truncated", (0, 0), []),
    "truncated_header.jpg": ("skipped", "truncated", (0, 0), []),
    "truncated_sharp.jpg": ("skipped", "too_large", (0, 0), []),
    "webp_photo.webp": ("published", "published", (630, 331), []),
    "wide_10000x1.png": ("published", "published", (10500, 2), []),
    "wrong_ext_jpeg.png": ("skipped", "mislabelled", (0, 0), []),
    "wrong_ext_png.jpg": ("skipped", "mislabelled", (0, 0), []),
    "zero_bytes.jpg": ("skipped", "unreadable", (0, 0), []),
}
"""For each file: the state its Job ends in, the reason, the size of the result, and what could not be kept."""


def end_of(path: Path) -> tuple[Job, Any]:
    image = plant(path.read_bytes(), path.name)
    facts = ImageFacts.objects.for_image(image).get()
    job = restore(image, upscale="width", width=max(facts.width + 1, math.ceil(facts.width * 1.05)), model="resample")
    assert job is not None
    worker.run_job(job.pk)
    job.refresh_from_db()
    return job, image


@pytest.mark.parametrize("name", EXPECTED)
def test_an_odd_file_ends_in_a_clear_state(data: Path, settings: Any, dead_redis: None, name: str) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "MAX_OUTPUT_PIXELS": LIMIT}
    path = data / "odd" / name
    job, image = end_of(path)
    why = job.why
    assert why is not None
    found = (str(job.state), why.code, (job.result_width, job.result_height), job.report.get("notes", []))
    assert found == EXPECTED[name]
    sentence = messages.say(why)
    assert sentence[-1] in ".)" and "%(" not in sentence, "whoever reads it understands it"
    if job.state != "published":
        assert content(image) == path.read_bytes()
        return
    now = type(image).objects.get(pk=image.pk)
    with now.file.storage.open(now.file.name) as file, Pillow.open(file) as picture:
        picture.load()
        assert picture.size == (job.result_width, job.result_height) == (now.width, now.height)
        assert Path(now.file.name).suffix == Path(name).suffix


def test_every_odd_file_is_in_the_table(data: Path) -> None:
    assert {path.name for path in (data / "odd").iterdir()} == set(EXPECTED)
