"""Profile, EXIF, XMP and IPTC go with the picture; the place, thumbnails and what is damaged do not."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, IptcImagePlugin

from wagtail_restore.imaging.codec import Picture, Source, decode, encode, exif, metadata, xmp
from wagtail_restore.imaging.provenance import Kind, make, source_type

LIMIT = 50_000_000
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PACKET = make(Kind.ENHANCED, "own-x4", "1.0")
CARRY = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "HEIF")
"""The formats that hold a profile, EXIF and XMP."""
EXIF_IFD, GPS_IFD = 0x8769, 0x8825


def block(**more: Any) -> bytes:
    """An EXIF block with orientation 6, a camera, sizes, a place and, as ``note``, maker notes."""
    tags = Image.Exif()
    tags[0x0112] = 6
    tags[0x010F] = "Acme"
    tags[0x8298] = "(c) nobody"
    tags[EXIF_IFD] = {
        0xA002: 60,
        0xA003: 40,
        0x927C: more.get("note", b"maker note, with offsets"),
        0x9003: "2020:01:02 03:04:05",
    }
    tags[GPS_IFD] = {1: "N", 2: (52.0, 31.0, 12.5), 3: "E", 4: (13.0, 24.0, 36.5)}
    return tags.tobytes()


def with_thumbnail(data: bytes) -> bytes:
    """The block with a second directory and a picture of 12 bytes behind it."""
    body = bytearray(data.removeprefix(exif.PREFIX))
    order = "<" if body[:2] == b"II" else ">"
    first = struct.unpack_from(order + "I", body, 4)[0]
    after = exif.directory(body, order, first)[1]
    struct.pack_into(order + "I", body, after, len(body))
    place = len(body) + 2 + 24 + 4
    entries = struct.pack(order + "HHII", 0x0201, 4, 1, place) + struct.pack(order + "HHII", 0x0202, 4, 1, 12)
    return exif.PREFIX + bytes(body) + struct.pack(order + "H", 2) + entries + bytes(4) + b"\xff\xd8thumbnail!"


def tags_of(data: bytes) -> Image.Exif:
    found = Image.Exif()
    found.load(data)
    return found


def picture(form: str, **source: Any) -> Picture:
    return Picture(np.full((40, 60, 3), 90, np.uint8), None, Source(form, **source))


def reread(data: bytes) -> Image.Image:
    if data[4:12] == b"ftypheic":
        return pillow_heif.open_heif(io.BytesIO(data)).to_pillow()
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("form", CARRY)
def test_profile_exif_and_xmp_are_carried(form: str) -> None:
    source = {"icc": ICC, "exif": exif.upright(block()), "xmp": PACKET}
    encoded = encode(picture(form, **source).with_pixels(np.full((80, 120, 3), 90, np.uint8)))
    assert encoded.notes == ()
    image = reread(encoded.data)
    assert image.info["icc_profile"] == ICC
    tags = image.getexif()
    assert tags.get(0x0112, 1) == 1
    assert tags[0x010F] == "Acme"
    inner = tags.get_ifd(EXIF_IFD)
    assert (inner[0xA002], inner[0xA003]) == (120, 80)
    assert inner[0x927C] == b"maker note, with offsets"
    assert tags.get_ifd(GPS_IFD)[2] == (52.0, 31.0, 12.5)
    again = decode(encoded.data, max_pixels=LIMIT)
    assert again.source.icc == ICC
    assert source_type(again.source.xmp) == "algorithmicallyEnhanced"


@pytest.mark.parametrize("form", CARRY)
def test_the_place_is_dropped_when_asked(form: str) -> None:
    where = PACKET.replace(b"<xmpMM:History>", b"<exif:GPSLatitude>52,31N</exif:GPSLatitude><xmpMM:History>")
    where = where.replace(b"xmp:CreatorTool", b'exif:GPSLongitude="13,24E" xmp:CreatorTool')
    where = where.replace(b"<rdf:RDF>", b'<rdf:RDF xmlns:exif="http://ns.adobe.com/exif/1.0/">')
    encoded = encode(picture(form, exif=exif.upright(block()), xmp=where), keep_gps=False)
    tags = reread(encoded.data).getexif()
    assert GPS_IFD not in tags
    assert tags[0x010F] == "Acme"
    assert tags.get_ifd(EXIF_IFD)[0x9003] == "2020:01:02 03:04:05"
    assert b"GPS" not in encoded.data
    assert struct.pack("<6I", 52, 1, 31, 1, 25, 2) not in encoded.data
    assert struct.pack(">6I", 52, 1, 31, 1, 25, 2) not in encoded.data


@pytest.mark.parametrize("form", CARRY)
def test_a_given_packet_takes_the_place_of_the_source_s(form: str) -> None:
    encoded = encode(picture(form, xmp=PACKET), xmp=make(Kind.COMPOSITE, "lama", "1.0"))
    assert source_type(decode(encoded.data, max_pixels=LIMIT).source.xmp) == "compositeWithTrainedAlgorithmicMedia"


@pytest.mark.parametrize("form", ["BMP", "GIF"])
def test_a_format_without_metadata_says_so(form: str) -> None:
    assert encode(picture(form), xmp=PACKET).notes == ("metadata_unsupported",)


def test_orientation_and_thumbnail_are_gone_and_the_rest_is_the_same() -> None:
    before = block()
    after = exif.upright(with_thumbnail(before))
    assert len(after) == len(before)
    assert tags_of(after)[0x0112] == 1
    assert b"thumbnail" not in after
    changed = [index for index, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert len(changed) == 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_edited(order: str) -> None:
    tags = Image.Exif()
    tags.endian = order
    tags[0x0112] = 8
    tags[EXIF_IFD] = {0xA002: 60, 0xA003: 40}
    found = tags_of(exif.resized(exif.upright(tags.tobytes()), 70_000, 300))
    assert found[0x0112] == 1
    assert (found.get_ifd(EXIF_IFD)[0xA002], found.get_ifd(EXIF_IFD)[0xA003]) == (70_000, 300)


def test_removing_an_absent_tag_changes_nothing() -> None:
    assert exif.without(exif.without(block(), GPS_IFD), GPS_IFD) == exif.without(block(), GPS_IFD)


@pytest.mark.parametrize(
    "broken", [b"", b"Exif\0\0", b"Exif\0\0II*\0", b"Exif\0\0II*\0\x08\0\0\0\xff\xff", b"Exif\0\0XX*\0\0\0\0\0"]
)
def test_damaged_exif_is_an_error(broken: bytes) -> None:
    with pytest.raises(ValueError, match="EXIF"):
        exif.upright(broken)


@given(st.binary(max_size=12), st.integers(0, 300))
def test_damaged_exif_never_raises_anything_else(junk: bytes, place: int) -> None:
    data = bytearray(with_thumbnail(block()))
    data[place : place + len(junk)] = junk
    for edit in (exif.upright, lambda d: exif.resized(d, 5, 5), lambda d: exif.without(d, GPS_IFD)):
        try:
            assert edit(bytes(data)).startswith(exif.PREFIX)
        except ValueError as error:
            assert "EXIF" in str(error)


def test_damaged_exif_is_dropped_and_told() -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\0\0")
    source = decode(out.getvalue(), max_pixels=LIMIT).source
    assert source.exif is None
    assert source.notes == ("exif_dropped",)


@pytest.mark.parametrize(
    ("piece", "value", "note"),
    [
        ("xmp", b"x" * 70_000, "xmp_dropped"),
        ("exif", exif.upright(block(note=b"n" * 70_000)), "exif_dropped"),
        ("iptc", b"i" * 70_000, "iptc_dropped"),
    ],
)
def test_a_piece_too_long_for_jpeg_is_dropped_alone(piece: str, value: bytes, note: str) -> None:
    source = Source("JPEG", icc=ICC, exif=exif.upright(block()), xmp=PACKET)
    encoded = encode(Picture(np.zeros((8, 8, 3), np.uint8), None, replace(source, **{piece: value})))
    again = decode(encoded.data, max_pixels=LIMIT).source
    assert encoded.notes == (note,)
    assert getattr(again, piece) is None
    assert again.icc == ICC


def test_a_profile_for_other_pixels_is_dropped() -> None:
    assert encode(picture("JPEG", icc=b"garbage")).notes == ("profile_dropped",)
    grey = Picture(np.zeros((8, 8, 1), np.uint8), None, Source("PNG", icc=ICC))
    assert encode(grey).notes == ("profile_dropped",)
    assert encode(replace(grey, source=Source("JPEG", icc=ICC))).notes == ()


def test_captions_and_credits_of_a_photograph_are_kept(data: Path) -> None:
    source = (data / "odd" / "exif_gps_jpeg.jpg").read_bytes()
    encoded = encode(decode(source, max_pixels=LIMIT))
    before, after = (IptcImagePlugin.getiptcinfo(reread(part)) for part in (source, encoded.data))
    assert after == before
    assert after is not None
    assert after[(2, 80)] == b"Photographer: Carol M. Highsmith"


def test_a_tiff_keeps_its_describing_tags(data: Path) -> None:
    source = (data / "odd" / "tiff_adobergb_exif.tiff").read_bytes()
    encoded = encode(decode(source, max_pixels=LIMIT))
    before, after = (tags_of(part) for part in (source, encoded.data))
    for tag in (271, 272, 305, 306):
        assert after[tag] == before[tag]
    assert after.get_ifd(EXIF_IFD) == before.get_ifd(EXIF_IFD)
    assert after[700][:50] == before[700][:50]


def test_xmp_orientation_and_sizes_follow() -> None:
    packet = b'<a tiff:Orientation="6" exif:PixelXDimension="60"><tiff:ImageLength>40</tiff:ImageLength></a>'
    changed = xmp.resized(xmp.upright(packet), 120, 80)
    assert changed == b'<a tiff:Orientation="1" exif:PixelXDimension="120"><tiff:ImageLength>80</tiff:ImageLength></a>'


def test_xmp_padding_extension_and_gain_map_are_gone() -> None:
    packet = b'<a xmpNote:HasExtendedXMP="AB" hdrgm:Version="1.0" b="c"/>' + b" " * 4000 + b'<?xpacket end="w"?>'
    assert xmp.has_gain_map(packet)
    assert xmp.upright(packet) == b'<a   b="c"/>\n<?xpacket end="w"?>'


def test_xmp_without_gps() -> None:
    packet = b'<a exif:GPSAltitude="3" b="c"><exif:GPSLatitude>1<b/></exif:GPSLatitude><exif:GPSMapDatum/><d/></a>'
    assert xmp.without_gps(packet) == b'<a  b="c"><d/></a>'
    with pytest.raises(ValueError, match="XMP"):
        xmp.without_gps(b"<exif:GPSLatitude>1")


def test_small_pictures_in_xmp_are_gone() -> None:
    inner = b'<rdf:Alt><rdf:li xmpGImg:format="JPEG"><xmpGImg:image>/9j/4AAQ</xmpGImg:image></rdf:li></rdf:Alt>'
    packet = (
        b'<x:xmpmeta><rdf:Description dc:a="b" xmpGImg:image="/9j/"><xmp:Thumbnails>' + inner + b"</xmp:Thumbnails>"
    )
    packet += b"<dc:title>kept</dc:title></rdf:Description></x:xmpmeta>"
    assert xmp.upright(packet).rstrip() == (
        b'<x:xmpmeta><rdf:Description dc:a="b" ><dc:title>kept</dc:title></rdf:Description></x:xmpmeta>'
    )


@pytest.mark.parametrize(
    "place", [b'drone-dji:GpsLatitude="48.1"', b"e:GPSLatitude='48,8N'", b'exif:GPSLatitude = "48,8N"']
)
def test_the_place_is_found_under_any_prefix(place: bytes) -> None:
    assert xmp.without_gps(b'<a dc:b="c" ' + place + b"/>") == b'<a dc:b="c" />'


def test_many_places_are_dropped_in_one_go() -> None:
    assert xmp.without_gps(b"<a>" + b"<exif:GPSA/>x" * 50_000 + b"</a>") == b"<a>" + b"x" * 50_000 + b"</a>"


def test_the_small_picture_in_iptc_is_gone() -> None:
    kept = b"\x1c\x02\x78\x00\x05Title"
    long = b"\x1c\x02\xca\x80\x04\x00\x00\x00\x03abc"
    short = b"\x1c\x02\xc8\x00\x02\x00\x0b"
    assert metadata._without_preview(short + kept + long + kept) == kept + kept
    assert metadata._without_preview(long) is None


PREVIEW = b"Nikon\0\2" + b"\xff\xd8\xff\xdb a small picture of what was erased \xff\xd9" * 20


def test_after_an_erase_no_preview_is_left_in_the_maker_note() -> None:
    before = exif.upright(block(note=PREVIEW))
    cut = exif.without_pictures(before)
    assert b"\xff\xd8" in before and b"small picture" not in cut
    was, now = tags_of(before), tags_of(cut)
    was.get_ifd(EXIF_IFD).pop(0x927C)
    assert dict(now.get_ifd(EXIF_IFD)) == dict(was.get_ifd(EXIF_IFD))
    assert dict(now.get_ifd(GPS_IFD)) == dict(was.get_ifd(GPS_IFD))
    assert (now[0x010F], now[0x8298], now[0x0112]) == ("Acme", "(c) nobody", 1)


@pytest.mark.parametrize("order", ["<", ">"])
def test_what_no_tag_claims_is_blanked_after_an_erase(order: str) -> None:
    """The maker note points to a preview that lies elsewhere, between the values of other tags."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(order + "HHII", 0x010F, 2, 8, 40)
    body = mark + struct.pack(order + "IH", 8, 1) + entry + bytes(4) + b"\xff\xd8picture here" + b"Acme Ltd"
    found = exif.without_pictures(exif.PREFIX + body + b"\xff\xd8more")
    assert b"\xff\xd8" not in found
    assert found.endswith(bytes(14) + b"Acme Ltd")


def test_exif_without_pictures_stays_as_it_is_and_damaged_exif_goes() -> None:
    plain = Image.Exif()
    plain[0x010F] = "Acme Limited"
    kept = metadata.without_pictures(Source("JPEG", exif=plain.tobytes()))
    assert (tags_of(kept.exif or b"")[0x010F], kept.notes) == ("Acme Limited", ())
    damaged = metadata.without_pictures(Source("JPEG", exif=b"Exif\0\0II*\0\xff\xff\0\0"))
    assert (damaged.exif, damaged.notes) == (None, ("exif_dropped",))
    noted = metadata.without_pictures(Source("JPEG", exif=exif.upright(block()), notes=("cmyk_converted",)))
    assert noted.notes == ("cmyk_converted", "maker_note_dropped")
