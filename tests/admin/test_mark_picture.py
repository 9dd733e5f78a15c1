"""The picture of a known mark that the form takes."""

from __future__ import annotations

import io
import zlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from wagtail_restore.admin.mark_picture import MarkPictureField


def picture(mode: str = "RGBA", size: tuple[int, int] = (60, 40), ground: Any = 0, ink: Any = (255, 0, 0, 255)) -> Any:
    made = Image.new(mode, size, ground)
    ImageDraw.Draw(made).ellipse((8, 8, size[0] - 8, size[1] - 8), fill=ink)
    return made


def sent(made: Any, format: str = "PNG", name: str = "logo.png") -> SimpleUploadedFile:
    buffer = io.BytesIO()
    made.save(buffer, format)
    return SimpleUploadedFile(name, buffer.getvalue())


def refusal(file: SimpleUploadedFile) -> str:
    with pytest.raises(ValidationError) as refused:
        MarkPictureField().clean(file)
    (sentence,) = refused.value.messages
    return sentence


@pytest.mark.parametrize(
    ("file", "name"),
    [
        (sent(picture()), "mark.png"),
        (sent(picture(ink=(0, 0, 0, 90))), "mark.png"),
        (sent(picture("LA", ink=(255, 255))), "mark.png"),
        (sent(picture("L", ground=255, ink=0)), "mark.png"),
        (sent(picture(), "WEBP", "a name with ä.png"), "mark.webp"),
    ],
    ids=["colour", "faint", "grey", "drawing", "webp"],
)
def test_a_mark_is_taken_whole_under_a_name_of_ours(file: SimpleUploadedFile, name: str) -> None:
    taken = MarkPictureField().clean(file)
    assert taken.name == name
    with Image.open(taken) as read:
        assert read.size == (60, 40)


@pytest.mark.parametrize(
    "made",
    [
        Image.new("RGBA", (60, 40)),
        Image.new("RGBA", (60, 40), (255, 255, 255, 128)),
        Image.new("RGB", (60, 40), "teal"),
    ],
    ids=["clear everywhere", "half clear everywhere", "one colour"],
)
def test_a_picture_without_a_mark_is_refused_with_what_to_do(made: Any) -> None:
    assert refusal(sent(made)) == (
        "No mark can be seen in this picture: it is neither transparent in places, nor dark on a light ground. Cut the "
        "mark out and save it as a PNG with a transparent ground."
    )


def test_other_formats_and_damaged_files_are_refused() -> None:
    words = "This is no PNG or WebP that can be opened. Save the mark as a PNG with a transparent ground."
    assert refusal(sent(picture("RGB", ink=(255, 0, 0)), "JPEG")) == words
    assert refusal(SimpleUploadedFile("logo.png", b"no picture")) == words
    whole = sent(picture()).read()
    assert refusal(SimpleUploadedFile("logo.png", whole[: len(whole) // 2])) == words


def test_an_animation_is_refused() -> None:
    buffer = io.BytesIO()
    picture().save(buffer, "PNG", save_all=True, append_images=[picture(ink=(0, 0, 255, 255))])
    words = "This is an animation. Save one frame of it, with a transparent ground, as a PNG."
    assert refusal(SimpleUploadedFile("logo.png", buffer.getvalue())) == words


def test_what_is_too_large_is_refused_before_it_is_decoded() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    words = "The picture has more than 16 megapixels. Save the mark smaller: 1000 pixels are plenty."
    for side in (4001, 30_000):
        head = chunk(b"IHDR", side.to_bytes(4, "big") * 2 + b"\x08\x06\0\0\0")
        assert refusal(SimpleUploadedFile("logo.png", b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b""))) == words
    heavy = SimpleUploadedFile("logo.png", bytes(8 * 1024 * 1024 + 1))
    assert refusal(heavy) == "This file has more than 8 MB. Save the mark smaller: 1000 pixels are plenty."


def test_what_is_too_small_is_refused() -> None:
    sentence = "The mark has %s pixels, too few to know it by. Use a larger picture of it."
    assert refusal(sent(Image.new("RGBA", (40, 12)))) == sentence % "40 × 12"
    assert refusal(sent(Image.new("RGBA", (1, 1), (255, 0, 0, 128)))) == sentence % "1 × 1"
    assert refusal(sent(picture(size=(30, 24)))) == sentence % "15 × 9", "what is clear around it does not count"
    drawing = Image.new("L", (400, 400), 255)
    drawing.paste(0, (100, 100, 110, 300))
    assert refusal(sent(drawing)) == sentence % "10 × 200"
